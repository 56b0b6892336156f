# Every target sets up by itself what it needs.

.PHONY: help demo test test-system test-long test-faults bench build docs lint
.PHONY: installed check-docs check-inputs check-workflows test-vitest lint-workflows
.DEFAULT_GOAL := help

all_peers := shells postgresql django python-installers workflows system system-k8s

help:
	@echo 'make demo         a first deploy, a failing one and the ways back, on this machine'
	@echo 'make test         lint, generated files, unit, bundle, server and scenario tests'
	@echo 'make test-system  the same against a real sshd, Docker and other peers, more shells, a few faults'
	@echo 'make test-long    whole examples by their templates on Kubernetes and of Next.js'
	@echo 'make test-faults  every fault, at full count; ends with a table: fault, tries, lost'
	@echo 'make bench        the figures of bench/results.json (some of them: PARTS="gate uploads")'
	@echo 'make build        dist/ from the sources'
	@echo 'make docs         the generated tables of the READMEs'
	@echo 'make lint         types, eslint, prettier, import rules, shellcheck'

demo: installed
	@scripts/demo

# That dist/ is what the sources give is one of the bundle tests.
test: lint check-docs check-inputs check-workflows test-vitest

test-vitest: installed
	@test/peers/install shells postgresql django
	@scripts/run-tests unit server scenario bundle

test-system: installed lint-workflows
	@test/peers/install $(all_peers)
	@scripts/run-tests shells system faults

test-long: installed
	@test/peers/install $(all_peers)
	@scripts/run-tests long

test-faults: installed
	@test/peers/install $(all_peers)
	@BELAY_FAULTS=full scripts/run-tests faults

bench: installed
	@test/peers/install $(all_peers)
	@scripts/node bench/run.ts $(PARTS)

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

check-workflows: installed
	@scripts/tally workflows scripts/check-workflows
	@scripts/tally home scripts/rehome --check

lint-workflows: installed
	@test/peers/install workflows
	@scripts/tally lint-workflows scripts/lint-workflows

installed:
	@scripts/install
