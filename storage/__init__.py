"""What is remembered: models, migrations, queries, encryption at rest."""
