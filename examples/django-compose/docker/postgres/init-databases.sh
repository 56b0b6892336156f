#!/bin/sh
# Runs once, when the volume is new: production's database is there, staging's is made.
set -eu
psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --command "create database aiia_staging"
