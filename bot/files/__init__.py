"""Files and pictures: made when somebody asked for them, handed over as her channel allows, gone soon after."""
