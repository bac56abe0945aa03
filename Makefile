# Everything here works from a clean clone with git, make, Go and Node.

GO_FILES = $(shell git ls-files '*.go')

# What is deployed, by make deploy STAGE=prod. All else is in cdk.json or -c: see docs/configuration.md.
STAGE ?= dev
CDK = node_modules/.bin/cdk --context stage=$(STAGE)

export CDK_DISABLE_CLI_TELEMETRY = true
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION = 20

.PHONY: help demo test check race bench bench-peers profile sim mutants build synth diff deploy smoke destroy clean

help: ## show the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-11s %s\n", $$1, $$2}'

demo: build node_modules ## run the example workflow on a local stack, and show it
	go run ./internal/demo

# Of one package: a busy machine is slow, not broken.
TEST_TIMEOUT ?= 40m

test: node_modules ## run all tests
	go test -timeout $(TEST_TIMEOUT) ./...
	go -C infra/cdk test -timeout $(TEST_TIMEOUT) ./...

check: ## the static gates: formatting, vet, modernizers, staticcheck, import directions
	@unformatted=$$(gofmt -l $(GO_FILES)); test -z "$$unformatted" || { echo "not formatted: $$unformatted"; exit 1; }
	go vet ./...
	go fix -diff ./...
	go tool staticcheck ./...
	go test ./internal/arch
	go -C infra/cdk vet ./...
	go -C infra/cdk fix -diff ./...
	staticcheck="$$(go tool -n staticcheck)" && cd infra/cdk && "$$staticcheck" ./...

# The end-to-end tests drive binaries that are built without the detector.
race: node_modules ## run the tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -timeout $(TEST_TIMEOUT) -race -short $$(go list ./... | grep -v /internal/e2e)

bench: ## run the benchmarks
	go test -run '^$$' -bench . -benchmem ./...

ROUNDS ?= 5

bench-peers: build node_modules ## compare with other engines that install here, side by side: ROUNDS=n, a minute each
	go -C internal/peers test ./...
	go -C internal/peers build -o ../../build/peers .
	build/peers -rounds $(ROUNDS)

PROFILED ?= 2000

profile: ## tell where a worker's processor time goes, per request and in shares: PROFILED=runs of each shape
	go run ./internal/profile -runs $(PROFILED)

SEEDS ?= 100000
FROM ?= 1

sim: ## simulate worlds full of faults: SEEDS=n [FROM=n] [BLUEPRINTS=dir], or SEED=n for the story of one
	@go run ./internal/sim/cmd $(if $(SEED),-seed $(SEED),-exhaustive -seeds $(SEEDS) -from $(FROM)) $(if $(BLUEPRINTS),-blueprints $(BLUEPRINTS))

mutants: ## switch off the engine's rules, one after the other: the simulation must notice each, and of conditions the tests of pkg/dynamo
	@go run ./internal/sim/mutants $(if $(ONLY),-only '$(ONLY)')

build: ## build the Lambda binaries for this machine, and flowctl
	CGO_ENABLED=0 go build -tags lambda.norpc -ldflags '-s -w' -trimpath -o build/worker/bootstrap ./functions/worker
	CGO_ENABLED=0 go build -tags lambda.norpc -ldflags '-s -w' -trimpath -o build/reconciler/bootstrap ./functions/reconciler
	CGO_ENABLED=0 go build -trimpath -o build/flowctl ./cmd/flowctl

synth: node_modules ## make the CloudFormation template of STAGE (default dev), in cdk.out
	$(CDK) synth --quiet

diff: node_modules ## show what deploy would change
	$(CDK) diff

# never, any-change or broadening: which changes of permissions deploy asks about. Without a terminal, never.
APPROVE ?= broadening

deploy: node_modules ## deploy STAGE to the AWS account of the environment; APPROVE=never asks nothing
	$(CDK) deploy --require-approval $(APPROVE)

smoke: ## test what is deployed as STAGE: runs, hops, dead letters, the reconciler
	go run ./cmd/flowctl smoke --stack flowcraft-$(STAGE)

destroy: node_modules ## remove STAGE; of prod, tables and logs stay
	$(CDK) destroy

clean: ## remove what was built
	rm -rf build cdk.out node_modules

node_modules: package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	@touch node_modules
