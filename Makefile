.PHONY: test
test: ## Everything that CI runs
	cargo test --workspace
