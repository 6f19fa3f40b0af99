# capas: `make start` opens the course, `make test` sets up what tests need, after asking, and runs every test.

.DEFAULT_GOAL := help
.PHONY: help start setup build test lint cross unit embedded engines fuzz bench clean

export CGO_ENABLED := 0
export GOFLAGS := $(shell go env GOFLAGS) -trimpath

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.7.0
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
BOXES := runner/box/bin/box-linux-amd64.gz runner/box/bin/box-linux-arm64.gz

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

start: build ## open the course
	@bin/capas

setup: ## set up an engine of the machine's own, where none answers
	@scripts/setup

build: $(BOXES) ## build bin/capas
	@echo "== build bin/capas"
	@go build -o bin/capas ./cmd/capas

# The practice base's program, for package runner/box to embed.
runner/box/bin/box-linux-%.gz: $(filter-out %_test.go,$(wildcard runner/box/program/*.go)) go.mod go.sum
	@echo "== build the practice base's program for linux/$*"
	@GOOS=linux GOARCH=$* go build -buildvcs=false -ldflags "-s -w" -o $(@:.gz=) ./runner/box/program
	@gzip -9nf $(@:.gz=)

test: ## set up what is missing and run every test
	@scripts/setup --test
	@$(MAKE) --no-print-directory build lint
	@$(MAKE) --no-print-directory --jobs=2 unit cross embedded # the tests wait for an engine most of the time
	@$(MAKE) --no-print-directory fuzz

lint: ## gofmt, go vet, staticcheck, go mod tidy
	@echo "== gofmt"
	@badly=$$(gofmt -l .); [ -z "$$badly" ] || { echo "not formatted (gofmt -w):"; echo "$$badly"; exit 1; }
	@echo "== go vet"
	@go vet ./...
	@echo "== staticcheck"
	@go run $(STATICCHECK) ./...
	@echo "== go mod tidy"
	@go mod tidy -diff

cross: ## build for every system that capas runs on
	@for platform in $(PLATFORMS); do \
		echo "== build for $$platform"; \
		GOOS=$${platform%/*} GOARCH=$${platform#*/} go build ./... || exit 1; \
	done

# With CI set, a test that finds no engine fails instead of being skipped. One package at a time: they share one engine, and
# what one builds is what another finds nearest. The lint has vetted everything.
unit: $(BOXES) ## run the tests, with and without an engine
	@echo "== go test"
	@CI=true go test -p 1 -vet=off -count=1 -timeout 25m ./...

embedded: $(BOXES) ## run the tests that ask an engine on the one inside capas
	@CI=true scripts/engines embedded embedded-ordinary

engines: $(BOXES) ## run the tests that ask an engine on other engines: Debian's with BuildKit, the newest, Podman
	@scripts/engines

fuzz: ## run every fuzz test for ten seconds
	@echo "== fuzz"
	@scripts/fuzz 10s

bench: $(BOXES) ## run the benchmarks
	@go test -run '^$$' -bench . -benchmem ./...

clean: ## remove what was built here, and the base image of the tests
	rm -rf bin $(BOXES)
	@docker image ls -q capas-test-base 2>/dev/null | sort -u | xargs -r docker image rm
