# Everything a person or a machine does with this repository. `make help` lists it.
#
#   CLUSTER=existing   use the cluster of KUBECONFIG; kind or local chooses one of these
#   STORE=s3           install with an S3 server inside the release in place of a directory of the node
#   FILE=book.pdf      the document of `make demo`
SHELL := /bin/bash -euo pipefail
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

SCRIPTS := kind-tests/scripts
BENCH ?=
CONTRACT ?=
DEFECTS ?=
DISTURB ?=
FLOWS ?=
FUZZ ?= --seconds 10 --seed 1
SCREENSHOTS ?=
TESTS ?=
FILE ?= kind-tests/demo/default.pdf
CHART := charts/socrate-encoder
in_cluster := $(SCRIPTS)/cluster.sh run
# The dashboard's programs run with the packages that they name.
with_packages := kind-tests/dashboard/with-packages.sh
# The S3 server that tests start.
with_s3 = VERSITYGW=$$(kind-tests/local-cluster/build.sh versitygw) && export VERSITYGW &&

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: prerequisites
prerequisites: ## Install the Debian packages that are missing (as root or with sudo)
	@$(SCRIPTS)/prerequisites.sh

.PHONY: fmt
fmt: ## Format everything
	cargo fmt --all
	cd kind-tests/local-cluster && gofmt -w .

.PHONY: lint
lint: ## Check format, lints, chart and scripts
	@$(SCRIPTS)/lint.sh

.PHONY: generate
generate: ## Write the generated files anew (CRD, its copy in the chart, description of the HTTP API)
	@cargo run --quiet --package crds --example print-crd >crds/documentencodings.yaml.new
	@mv crds/documentencodings.yaml.new crds/documentencodings.yaml
	@cp crds/documentencodings.yaml $(CHART)/files/documentencodings.yaml
	@touch api/openapi.json
	@cargo run --quiet --package api -- openapi >api/openapi.json.new
	@mv api/openapi.json.new api/openapi.json

.PHONY: vendor
vendor: ## Copy the libraries that the dashboard comes with from their packages
	@$(with_packages) node vendor.mjs

.PHONY: test
test: ## Everything that CI runs, with a table of the seconds each stage took
	@$(SCRIPTS)/test.sh

.PHONY: test-unit
test-unit: prerequisites ## All tests that need no cluster
	$(with_s3) cargo test --workspace --locked
	cd kind-tests/local-cluster && go test ./internal/...
	$(with_s3) python3 -m unittest discover --start-directory kind-tests/bench
	python3 -m unittest discover --start-directory kind-tests/contract
	python3 -m unittest discover --start-directory api/examples/python/tests --top-level-directory api/examples/python
	$(with_packages) npm test

.PHONY: fuzz
fuzz: prerequisites ## Fuzz the encoder, each target for some seconds (FUZZ="--seconds 300 pdf")
	@encoder-job/fuzz/run.sh $(FUZZ)

.PHONY: bench
bench: ## Measure the encoder beside other programs (BENCH="--files FOLDER --runs 9")
	@encoder-job/bench/bench.py $(BENCH)

.PHONY: bench-throughput
bench-throughput: export SOCRATE_PROFILE ?= release
bench-throughput: install ## Measure the platform beside the design it replaces (BENCH="--backlog 100 --check")
	@$(in_cluster) kind-tests/bench/bench.py --linger-zero $(BENCH)

.PHONY: test-disturbances
test-disturbances: install ## Disturb the platform while it works; nothing may be lost or done twice (DISTURB="leader-frozen --rounds 1")
	@$(in_cluster) kind-tests/bench/disturb.py $(DISTURB)

.PHONY: test-cluster
test-cluster: install ## The tests against the cluster (STORE=s3 TESTS="uploads:: leadership::")
	@$(SCRIPTS)/test-cluster.sh $(TESTS)

.PHONY: test-contract
test-contract: install ## The API against its own description, by schemathesis (CONTRACT="--max-examples 20")
	@$(in_cluster) kind-tests/contract/contract.py $(CONTRACT)

.PHONY: test-examples
test-examples: install ## The Python client, and code that users have already, against the API
	@$(in_cluster) kind-tests/contract/examples.py

.PHONY: test-dashboard
test-dashboard: install ## The dashboard in a browser, against the cluster (FLOWS="--only upload --headed")
	@$(in_cluster) $(with_packages) node flows.mjs $(FLOWS)

.PHONY: screenshots
screenshots: install ## Every view of the dashboard in each theme, width and language (SCREENSHOTS="--only settings --to FOLDER")
	@$(in_cluster) $(with_packages) node screenshots.mjs $(SCREENSHOTS)

.PHONY: bench-polling
bench-polling: install ## Measure polling among 100,000 documents; needs the Debian package wrk (BENCH="--seconds 20 --check")
	@$(in_cluster) kind-tests/bench/polling.py $(BENCH)

.PHONY: bench-lists
bench-lists: export EXTRA_VALUES ?= kind-tests/bench/large-database.yaml
bench-lists: install ## Measure lists, searches and an export among 100,000 documents and 200,000 chunks (BENCH="--requests 500 --check")
	@$(in_cluster) kind-tests/bench/lists.py $(BENCH)

.PHONY: bench-bulk
bench-bulk: install ## Measure bulk actions over 5,000 documents while the API is killed (BENCH="--documents 500 --check")
	@$(in_cluster) kind-tests/bench/bulk.py $(BENCH)

.PHONY: bench-cleanup
bench-cleanup: install ## Measure api cleanup among 10,000 rows and objects, killed in the middle (STORE=s3 BENCH=--check)
	@$(in_cluster) kind-tests/bench/cleanup.py $(BENCH)

.PHONY: bench-live
bench-live: install ## Measure 2,000 clients that listen to changes by Server-Sent Events and WebSocket (BENCH="--seconds 60 --check")
	@$(in_cluster) kind-tests/bench/live.py $(BENCH)

.PHONY: bench-uploads
bench-uploads: export EXTRA_VALUES ?= kind-tests/bench/large-uploads.yaml
bench-uploads: install ## Measure what a large upload and slow clients cost; needs wrk (BENCH="large --slow-disk 2 --check")
	@$(in_cluster) kind-tests/bench/heavy_uploads.py $(BENCH)

.PHONY: bench-isolation
bench-isolation: install ## Measure whether anything tells another tenant's document from none (BENCH="--check")
	@$(in_cluster) kind-tests/contract/isolation.py $(BENCH)

.PHONY: test-defects
test-defects: ## Seed known defects one by one; the test against each must fail (DEFECTS="two-manifests")
	@$(with_s3) kind-tests/defects/test-defects.sh $(DEFECTS)

.PHONY: cluster-up
cluster-up: prerequisites ## Bring a cluster up: kind, or kind-tests/local-cluster where Docker is not
	@$(SCRIPTS)/cluster.sh up

.PHONY: images
images: cluster-up ## Build the images and load them into the cluster
	@$(SCRIPTS)/build-images.sh

.PHONY: install
install: cluster-up ## Build, load, and install or upgrade the release in the cluster
	@values=$$($(SCRIPTS)/build-images.sh) && $(SCRIPTS)/install.sh "$$values"

.PHONY: demo
demo: install ## From nothing to an encoded document, in six steps (FILE=…)
	@$(SCRIPTS)/demo.sh "$(FILE)"

.PHONY: down
down: ## Remove the cluster and all that was in it
	@$(SCRIPTS)/cluster.sh down
