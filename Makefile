# The project's commands. Everything is built by CMake presets; see CONTRIBUTING.md.

SHELL := /bin/bash
BUILD := build/release
JOBS ?= $(shell nproc)
DEMO_OUT ?= demo-output
SHARED ?= ../shared
STACKS ?= $(SHARED)/data/exposure_stacks
RUN ?= build/train-llflow

.PHONY: help setup setup-training train-llflow train-detector evaluate-detector \
        train-enhancer evaluate-enhancer train-embedder evaluate-embedder \
        train-quality evaluate-quality build demo test bench format lint clean

help: ## List these commands
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install the Debian and npm packages that building and testing need
	@tools/setup packaging/packages.txt
	@tools/setup-node

setup-training: ## Install PyTorch too, for training/ and for importing PyTorch checkpoints
	@tools/setup packaging/packages-training.txt

train-llflow: setup-training ## Train our small LLFlow on exposure stacks (STACKS=dir), or go on (RUN=dir)
	@training/llflow/train training/llflow/llflow-small.yml "$(STACKS)" "$(RUN)"

train-detector: setup-training build ## Train our detector dusk (training/dusk/config.json), or go on
	@/usr/bin/python3 -m training.dusk.teach --program $(BUILD)/everyface
	@/usr/bin/python3 -m training.dusk.train

evaluate-detector: setup-training build ## Measure dusk beside its peers on photos kept out of training
	@/usr/bin/python3 -m training.dusk.evaluate --program $(BUILD)/everyface

train-enhancer: setup-training ## Train our enhancer dawn (training/dawn/config.json), or go on
	@/usr/bin/python3 -m training.dawn.train

evaluate-enhancer: setup-training build ## Measure dawn beside its peers on photos kept out of training
	@/usr/bin/python3 -m training.dusk.teach --program $(BUILD)/everyface
	@/usr/bin/python3 -m training.dawn.evaluate --program $(BUILD)/everyface

train-embedder: setup-training build ## Train our embedder kin (training/kin/config.json), or go on
	@/usr/bin/python3 -m training.dusk.teach --program $(BUILD)/everyface
	@/usr/bin/python3 -m training.kin.teach
	@/usr/bin/python3 -m training.kin.train

evaluate-embedder: setup-training build ## Measure kin beside its teachers on photos kept out of training
	@/usr/bin/python3 -m training.dusk.teach --program $(BUILD)/everyface
	@/usr/bin/python3 -m training.kin.evaluate --program $(BUILD)/everyface

train-quality: setup-training build ## Train gauge (training/gauge/config.json) for kin as it ships, or go on
	@/usr/bin/python3 -m training.dusk.teach --program $(BUILD)/everyface
	@/usr/bin/python3 -m training.gauge.train

evaluate-quality: setup-training build ## Measure gauge on photos kept out of training
	@/usr/bin/python3 -m training.dusk.teach --program $(BUILD)/everyface
	@/usr/bin/python3 -m training.gauge.evaluate

build: ## Build the program into build/release
	@cmake --preset release $(QUIET)
	@cmake --build --preset release -j $(JOBS) --target everyface_program

demo: setup build ## Set up, build, run the study on photos (PHOTOS=dir: on yours), say where to look
	@SHARED="$(SHARED)" PHOTOS="$(PHOTOS)" OUT="$(DEMO_OUT)" tools/demo $(BUILD)/everyface

test: setup ## Set up, build, run all tests (unit tests under sanitizers too)
	@tools/test

bench: setup build ## Measure, each part beside its peer
	@SHARED="$(SHARED)" tools/bench $(BUILD)

format: ## Rewrite the sources in the project's format
	@tools/sources | xargs clang-format -i

lint: ## Check format, layers and clang-tidy
	@tools/lint

clean: ## Remove what was built
	rm -rf build $(DEMO_OUT)
