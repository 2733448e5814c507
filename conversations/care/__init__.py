"""Care rules: gestation now, programmes and clocks to follow."""
