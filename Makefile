# Everything here works from a clean clone with git, make, Go and Node.

GO_FILES = $(shell git ls-files '*.go')

.PHONY: help demo test check race bench sim mutants build clean

help: ## show the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-8s %s\n", $$1, $$2}'

demo: build node_modules ## run the example workflow on a local stack, and show it
	go run ./internal/demo

test: node_modules ## run all tests
	go test ./...

check: ## the static gates: formatting, vet, modernizers, staticcheck, import directions
	@unformatted=$$(gofmt -l $(GO_FILES)); test -z "$$unformatted" || { echo "not formatted: $$unformatted"; exit 1; }
	go vet ./...
	go fix -diff ./...
	go tool staticcheck ./...
	go test ./internal/arch

race: node_modules ## run all tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race -short ./...

bench: ## run the benchmarks
	go test -run '^$$' -bench . -benchmem ./...

SEEDS ?= 100000
FROM ?= 1

sim: ## simulate worlds full of faults: SEEDS=n [FROM=n] [BLUEPRINTS=dir], or SEED=n for the story of one
	@go run ./pkg/flow/flowtest/sim/cmd $(if $(SEED),-seed $(SEED),-exhaustive -seeds $(SEEDS) -from $(FROM)) $(if $(BLUEPRINTS),-blueprints $(BLUEPRINTS))

mutants: ## switch off the engine's rules, one after the other: the simulation must notice each
	@go run ./pkg/flow/flowtest/sim/mutants $(if $(ONLY),-only '$(ONLY)')

build: ## build the Lambda binaries for this machine, and flowctl
	CGO_ENABLED=0 go build -tags lambda.norpc -ldflags '-s -w' -trimpath -o build/worker/bootstrap ./functions/worker
	CGO_ENABLED=0 go build -tags lambda.norpc -ldflags '-s -w' -trimpath -o build/reconciler/bootstrap ./functions/reconciler
	CGO_ENABLED=0 go build -trimpath -o build/flowctl ./cmd/flowctl

clean: ## remove what was built
	rm -rf build node_modules

node_modules: package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	@touch node_modules
