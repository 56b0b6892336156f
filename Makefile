# Every target sets up by itself what it needs.

.PHONY: help demo test test-system test-faults bench build docs lint
.PHONY: installed check-docs check-inputs check-dist test-vitest
.DEFAULT_GOAL := help

help:
	@echo 'make demo         a first deploy, a failing one and the ways back, on this machine'
	@echo 'make test         lint, generated files, unit, bundle, server and scenario tests'
	@echo 'make test-system  the same against a real sshd, Docker and other peers, more shells, a few faults'
	@echo 'make test-faults  every fault, at full count; ends with a table: fault, tries, lost'
	@echo 'make bench        the figures of bench/results.json'
	@echo 'make build        dist/ from the sources'
	@echo 'make docs         the generated tables of the READMEs'
	@echo 'make lint         types, eslint, prettier, import rules, shellcheck'

demo: installed
	@scripts/demo

test: lint check-docs check-inputs check-dist test-vitest

test-vitest: installed
	@test/peers/install shells postgresql django
	@scripts/run-tests unit server scenario bundle

test-system: installed
	@test/peers/install shells postgresql django python-installers system
	@scripts/run-tests shells system faults

test-faults: installed
	@test/peers/install shells postgresql django python-installers system
	@BELAY_FAULTS=full scripts/run-tests faults

bench: installed
	@test/peers/install shells postgresql django python-installers system
	@scripts/node bench/run.ts

build: installed
	@scripts/bundle

docs: installed
	@scripts/docs

lint: installed
	@scripts/tally lint scripts/lint

check-docs: installed
	@scripts/tally docs scripts/docs --check

check-inputs: installed
	@scripts/tally inputs scripts/check-inputs

check-dist: installed
	@scripts/tally dist scripts/bundle --check

installed:
	@scripts/install
