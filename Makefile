# Needs Go, git, make and, for the browser, apt. `make` alone lists the targets.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
PKG ?= ./...
FUZZTIME ?= 30s
SOAK ?= Soak|Throughput|Thousands|ClockSetBack|Poison|Hanging|DiskFull|ServicesFail|Flood
EDITION ?= embedded
PROCESSES ?= 1

GOLANGCI := .tools/bin/golangci-lint-v2.15.0
GOVULNCHECK := .tools/bin/govulncheck-v1.1.4

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/hub
	@CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION)' -o bin/hub ./cmd/hub

.PHONY: browser
browser: ## install the browser that prints documents, if missing
	@scripts/install-chromium

.PHONY: test
test: browser ## run the tests with the race detector
	@scripts/test $(PKG)

.PHONY: soak
soak: browser services ## run the long tests, up to an hour
	@HUB_SOAK=1 go test -race -count=1 -timeout 60m -v -run '$(SOAK)' $(PKG)

.PHONY: bench
bench: browser services ## run the benchmarks
	@go test -run '^$$' -bench . -benchmem $(PKG)

.PHONY: cover
cover: browser ## measure how much of the code the tests run
	@mkdir -p out
	@go test -coverprofile out/cover.out $(PKG)
	@go tool cover -html out/cover.out -o out/cover.html
	@go tool cover -func out/cover.out | tail -n 1
	@echo "by line: out/cover.html"

.PHONY: fuzz
fuzz: ## run every fuzz test for FUZZTIME (30s)
	@scripts/fuzz $(FUZZTIME) $(PKG)

.PHONY: lint
lint: $(GOLANGCI) ## check style, mistakes and the package rules
	@$(GOLANGCI) run $(PKG)

.PHONY: fmt
fmt: $(GOLANGCI) ## format the Go code
	@$(GOLANGCI) fmt $(PKG)

.PHONY: vuln
vuln: $(GOVULNCHECK) ## look for known vulnerabilities
	@scripts/vuln $(GOVULNCHECK) $(PKG)

.PHONY: verify
verify: ## check formatting, modules, vet and that generated files are fresh
	@scripts/verify

.PHONY: demo
demo: browser build ## show the main job in one go; KEEP=1 stays up, EDITION=distributed
	@scripts/edition $(EDITION) bin/hub demo $(if $(filter-out 0,$(KEEP)),--keep)

.PHONY: run
run: browser build ## serve the hub with mock systems; EDITION=distributed PROCESSES=3
	@scripts/edition $(EDITION) scripts/run $(PROCESSES)

.PHONY: services
services: ## bring up PostgreSQL and RabbitMQ for tests and the distributed edition
	@scripts/services start

.PHONY: clean
clean: ## remove what was built, measured and logged
	@rm -rf bin out

$(GOLANGCI):
	@scripts/tool github.com/golangci/golangci-lint/v2/cmd/golangci-lint $@

$(GOVULNCHECK):
	@scripts/tool golang.org/x/vuln/cmd/govulncheck $@
