# SPDX-License-Identifier: BSD-2-Clause
#
# `make run` and `make test` do everything; `make help` lists the rest. All that is made is in
# build/. Commands are not shown unless V=1.

BUILD := build
CC := gcc
LD := ld
OBJCOPY := objcopy

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wmissing-prototypes -Wstrict-prototypes \
	-Wconversion

ifndef V
.SILENT:
endif

.PHONY: all clean rom
all: rom ## the ROMs

clean: ## remove all that was made
	rm -rf $(BUILD)

# --- firmware -------------------------------------------------------------------------------
#
# Every C and assembly file of firmware/ is part of the ROM, and those of one platform below it
# (firmware/platform.h). Freestanding 64-bit code with general registers only: nothing sets up or
# saves the others.

FIRMWARE_CFLAGS := -std=c11 $(WARNINGS) -Os -g -ffreestanding -fno-pic -fno-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fno-strict-aliasing \
	-fcf-protection=none -mno-red-zone -mgeneral-regs-only -Ifirmware -Iinclude -I. \
	-Iarch/x86/include
# runtime_blob.S takes in an SMM image: there is one object of it for each image.
FIRMWARE_SOURCES := $(filter-out firmware/runtime_blob.S,$(sort $(wildcard firmware/*.[cS])))
# The planner of SMRAM and its judge run here; SMRAM only reads their result.
PLANNER := core/layout.c core/layout_check.c
BOOT_SOURCES := arch/x86/image_plan.c arch/x86/image_load.c arch/x86/relocate_error.c
FIRMWARE_SHARED := $(PLANNER) core/layout_regions.c $(BOOT_SOURCES)
FIRMWARE_COMMON := $(FIRMWARE_SOURCES:%=$(BUILD)/%.o) \
	$(FIRMWARE_SHARED:%=$(BUILD)/firmware/shared/%.o)
platform_objects = $(patsubst %,$(BUILD)/%.o,$(sort $(wildcard firmware/$(1)/*.[cS])))
FIRMWARE_OBJECTS := $(FIRMWARE_COMMON) $(call platform_objects,q35)
FIRMWARE_OBJECTS_PC := $(FIRMWARE_COMMON) $(call platform_objects,pc)
FIRMWARE_LINK = $(LD) -nostdlib -static -z noexecstack --no-warn-rwx-segments \
	-T firmware/firmware.ld -o $@ $(filter %.o,$^)

rom: $(BUILD)/muster.rom $(BUILD)/muster-pc.rom ## build/muster.rom for q35, build/muster-pc.rom for i440FX

%.rom: %.rom.elf
	$(OBJCOPY) -O binary --gap-fill 0xff $< $@

$(BUILD)/muster.rom.elf: $(FIRMWARE_OBJECTS) $(BUILD)/smm/runtime.blob.o firmware/firmware.ld
	$(FIRMWARE_LINK)

$(BUILD)/muster-pc.rom.elf: $(FIRMWARE_OBJECTS_PC) $(BUILD)/smm/pc/runtime.blob.o \
		firmware/firmware.ld
	$(FIRMWARE_LINK)

$(BUILD)/firmware/%.c.o: firmware/%.c
	@mkdir -p $(@D)
	$(CC) $(FIRMWARE_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/firmware/shared/%.c.o: %.c
	@mkdir -p $(@D)
	$(CC) $(FIRMWARE_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/firmware/%.S.o: firmware/%.S
	@mkdir -p $(@D)
	$(CC) $(FIRMWARE_CFLAGS) -MMD -MP -c -o $@ $<

-include $(FIRMWARE_OBJECTS:.o=.d) $(FIRMWARE_OBJECTS_PC:.o=.d)

# The parts that read what QEMU gives are tried on the host with bad input, under the sanitizers.
# The firmware's memcpy and so on get other names there: the sanitizer has its own.
HOST_CFLAGS := -std=gnu11 -O1 -g $(WARNINGS) -fsanitize=address,undefined \
	-fno-sanitize=alignment -I. -Ifirmware
HOST_NAMES := $(foreach name,memcpy memmove memset memcmp,-D$(name)=firmware_$(name))

.PHONY: test-firmware
test-firmware: $(BUILD)/test/test_acpi ## unit tests of the firmware's ACPI table loader
	$<

$(BUILD)/test/test_acpi: tests/unit/test_acpi.c tests/fuzz/pool.c firmware/acpi_loader.c \
		firmware/acpi_tables.c firmware/memory.c tests/fuzz/pool.h $(wildcard firmware/*.h)
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) $(HOST_NAMES) -c -o $@.memory.o firmware/memory.c
	$(CC) $(HOST_CFLAGS) -Wno-conversion -o $@ $(filter-out firmware/memory.c,$(filter %.c,$^)) \
		$@.memory.o -lcmocka

# --- the SMM runtime ------------------------------------------------------------------------
#
# core/ and services/ with the real processor and the q35 port, as one position-independent image
# that the ROM copies into SMRAM (arch/x86/image.h).

# What makes the path of an SMI shorter, and the rest longer. Nobody is returned to, but a compiler saves
# what registers it uses for a caller: so it uses few of those (code compiled without this goes along with
# it). And it keeps nothing on the path for the sake of what is rare.
SMM_PATH := $(foreach name,rbp r12 r13 r14 r15,-ffixed-$(name)) -fno-tree-pre -fno-code-hoisting
SMM_CFLAGS := -std=c11 $(WARNINGS) -O2 -g -flto -fno-strict-aliasing -ffreestanding -fpie -fvisibility=hidden \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none \
	-fno-tree-loop-distribute-patterns -fno-align-loops -fno-align-jumps \
	-mno-red-zone -mgeneral-regs-only \
	--param large-stack-frame=1024 --param max-inline-insns-auto=60 $(SMM_PATH) \
	-Iinclude -Iarch/x86/include -I.
SMM_SOURCES := $(filter-out $(PLANNER) $(BOOT_SOURCES),$(sort $(wildcard core/*.c services/*.c arch/x86/*.c \
	arch/x86/*.S)))
# Only where the port has processors that come and go (muster/plug.h).
PLUG_SOURCES := $(wildcard arch/x86/plug/*.[cS])
SMM_OBJECTS := $(patsubst %,$(BUILD)/smm/%.o,$(SMM_SOURCES) $(PLUG_SOURCES) $(wildcard platform/q35/*.c))
SMM_OBJECTS_PC := $(patsubst %,$(BUILD)/smm/pc/%.o,$(filter-out arch/x86/trap.%,$(SMM_SOURCES)) \
	$(wildcard arch/x86/small/*.c arch/x86/small/*.S platform/pc/*.c))

# In images with a handler that uses interrupts (muster/interrupts.h).
INTERRUPTS_OBJECTS := $(BUILD)/smm/arch/x86/interrupts/interrupts.c.o \
	$(BUILD)/smm/arch/x86/interrupts/vectors.S.o

# Linked as a whole (-flto): the path of an SMI becomes one function, without the cost of calls,
# which the limits on inlining would keep apart.
SMM_LINK = $(CC) $(SMM_CFLAGS) -nostdlib -static-pie -Wl,-z,noexecstack,-z,norelro \
	-Wl,--no-dynamic-linker,--build-id=none,--no-warn-rwx-segments \
	-Wl,-T,arch/x86/image.ld -o $@ $(filter %.o,$^)

$(BUILD)/smm/runtime.elf: $(SMM_OBJECTS) arch/x86/image.ld
	$(SMM_LINK)

# What runs once at installation, or when something has gone wrong, need not be fast.
$(foreach name,context early entry image paging trap,$(BUILD)/smm/arch/x86/$(name).c.o): \
	SMM_CFLAGS += -Os

# Where SMRAM is small, so is the code, and handlers share their stacks.
SMALL_IMAGES := $(BUILD)/smm/pc/runtime.elf $(BUILD)/test/remote-pc/runtime.elf
$(SMALL_IMAGES) $(SMM_OBJECTS_PC): SMM_CFLAGS := -Iarch/x86/small $(filter-out $(SMM_PATH),$(SMM_CFLAGS)) -Oz \
	-fno-inline-small-functions -fno-ipa-cp
$(SMALL_IMAGES): SMM_CFLAGS += -Wl,--defsym=image_small=1
$(BUILD)/smm/pc/runtime.elf: $(SMM_OBJECTS_PC) arch/x86/image.ld
	@mkdir -p $(@D)
	$(SMM_LINK)

%/runtime.bin: %/runtime.elf
	$(OBJCOPY) -O binary $< $@

%/runtime.blob.o: %/runtime.bin firmware/runtime_blob.S
	$(CC) -DRUNTIME_BLOB='"$<"' -c -o $@ firmware/runtime_blob.S

$(BUILD)/smm/pc/%.c.o: %.c
	@mkdir -p $(@D)
	$(CC) $(SMM_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/smm/pc/%.S.o: %.S
	@mkdir -p $(@D)
	$(CC) $(SMM_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/smm/%.c.o: %.c
	@mkdir -p $(@D)
	$(CC) $(SMM_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/smm/%.S.o: %.S
	@mkdir -p $(@D)
	$(CC) $(SMM_CFLAGS) -MMD -MP -c -o $@ $<

-include $(SMM_OBJECTS:.o=.d) $(SMM_OBJECTS_PC:.o=.d)

# --- the library: the runtime for another firmware (docs/porting.md) --------------------------
#
# Each member is one object whose only global symbols are the public ones: what goes into the SMM
# image; what firmware calls to install it; and what compilers call on their own account, for who
# has none. The first is one link-time optimisation from entry to RSM, and compiled to the end: the
# linker that takes it in needs to be no gcc of this version.

LIBRARY_RUNTIME := $(filter-out $(BUILD)/smm/platform/%,$(SMM_OBJECTS)) $(INTERRUPTS_OBJECTS)
LIBRARY_MEMBERS := runtime boot memory
LIBRARY_BOOT := $(patsubst %,$(BUILD)/library/%.o,$(FIRMWARE_SHARED))

.PHONY: library
library: $(BUILD)/libmuster.a ## build/libmuster.a: the runtime for another firmware

$(BUILD)/libmuster.a: $(LIBRARY_MEMBERS:%=$(BUILD)/library/muster_%.o)
	rm -f $@
	$(AR) rcsD $@ $^

$(BUILD)/library/muster_runtime.o: $(LIBRARY_RUNTIME)
	@mkdir -p $(@D)
	$(CC) $(SMM_CFLAGS) -r -flinker-output=nolto-rel -nostdlib -o $@ $^
	$(OBJCOPY) --strip-debug --wildcard --keep-global-symbol=image_install \
		--keep-global-symbol=image_seal --keep-global-symbol='muster_lapic_*' \
		--keep-global-symbol='muster_debug_*' --keep-global-symbol='muster_interrupts_*' \
		--keep-global-symbol='muster_plug_*' --keep-global-symbol='muster_remote_*' $@

$(BUILD)/library/muster_boot.o: $(LIBRARY_BOOT)
	$(LD) -r -o $@ $^
	$(OBJCOPY) --strip-debug --wildcard --keep-global-symbol='muster_image_*' \
		--keep-global-symbol='muster_layout_*' --keep-global-symbol='muster_relocate_*' $@

$(BUILD)/library/muster_memory.o: $(BUILD)/library/firmware/memory.c.o
	$(OBJCOPY) --strip-debug --wildcard --keep-global-symbol='mem???' \
		--keep-global-symbol=memmove $< $@

$(BUILD)/library/%.c.o: %.c
	@mkdir -p $(@D)
	$(CC) $(filter-out -flto,$(SMM_CFLAGS)) -MMD -MP -c -o $@ $<

-include $(LIBRARY_BOOT:.o=.d)

# --- ROMs for the tests: a handler that leaves a secret in SMRAM, and no wipe to remove it -----

$(BUILD)/test/pattern/runtime.elf: $(SMM_OBJECTS) $(BUILD)/smm/tests/rom/pattern.c.o \
		arch/x86/image.ld
	@mkdir -p $(@D)
	$(SMM_LINK)

$(BUILD)/test/muster-pattern.rom.elf: $(FIRMWARE_OBJECTS) \
		$(BUILD)/test/pattern/runtime.blob.o firmware/firmware.ld
	$(FIRMWARE_LINK)

$(BUILD)/test/muster-pattern-nowipe.rom.elf: \
		$(filter-out $(BUILD)/firmware/wipe.c.o,$(FIRMWARE_OBJECTS)) \
		$(BUILD)/test/no_wipe.c.o $(BUILD)/test/pattern/runtime.blob.o firmware/firmware.ld
	$(FIRMWARE_LINK)

# The handler of CONTRIBUTING.md's example.
$(BUILD)/test/example/runtime.elf: $(SMM_OBJECTS) $(BUILD)/smm/tests/examples/double.c.o \
		arch/x86/image.ld
	@mkdir -p $(@D)
	$(SMM_LINK)

# No handler of TCO, which then is a cause that nobody serves.
$(BUILD)/test/unserved/runtime.elf: $(filter-out %/tco.c.o,$(SMM_OBJECTS)) arch/x86/image.ld
	@mkdir -p $(@D)
	$(SMM_LINK)

# Handlers that fault.
BAD_HANDLERS := tests/rom/bad_handlers.c.o tests/rom/hash.c.o tests/rom/vectors.S.o

$(BUILD)/test/bad/runtime.elf: $(SMM_OBJECTS) $(BAD_HANDLERS:%=$(BUILD)/smm/%) arch/x86/image.ld
	@mkdir -p $(@D)
	$(SMM_LINK)

$(BUILD)/test/bad-pc/runtime.elf: SMM_CFLAGS := -Iarch/x86/small $(filter-out $(SMM_PATH),$(SMM_CFLAGS)) -Os -Wl,--defsym=image_small=1
$(BUILD)/test/bad-pc/runtime.elf: $(SMM_OBJECTS_PC) $(BAD_HANDLERS:%=$(BUILD)/smm/pc/%) \
		arch/x86/image.ld
	@mkdir -p $(@D)
	$(SMM_LINK)

$(BUILD)/test/muster-bad-pc.rom.elf: $(FIRMWARE_OBJECTS_PC) $(BUILD)/test/bad-pc/runtime.blob.o \
		firmware/firmware.ld
	$(FIRMWARE_LINK)

-include $(wildcard $(BUILD)/smm/tests/*/*.d)

# Handlers that the attacks ask.
$(BUILD)/test/attack/runtime.elf: $(SMM_OBJECTS) $(BUILD)/smm/tests/rom/attack.c.o \
		$(BUILD)/smm/tests/rom/hash.c.o arch/x86/image.ld
	@mkdir -p $(@D)
	$(SMM_LINK)

# Handlers that run on other processors, and have them run something; with stacks of their own and
# with shared ones.
$(BUILD)/test/remote/runtime.elf: $(SMM_OBJECTS) $(BUILD)/smm/tests/rom/remote.c.o \
		arch/x86/image.ld
	@mkdir -p $(@D)
	$(SMM_LINK)

$(BUILD)/test/remote-pc/runtime.elf: $(SMM_OBJECTS_PC) $(BUILD)/smm/pc/tests/rom/remote.c.o \
		arch/x86/image.ld
	@mkdir -p $(@D)
	$(SMM_LINK)

$(BUILD)/test/muster-remote-pc.rom.elf: $(FIRMWARE_OBJECTS_PC) \
		$(BUILD)/test/remote-pc/runtime.blob.o firmware/firmware.ld
	$(FIRMWARE_LINK)

# Handlers that use the debug hook and interrupts.
$(BUILD)/test/traps/runtime.elf: $(SMM_OBJECTS) $(INTERRUPTS_OBJECTS) \
		$(BUILD)/smm/tests/rom/traps.c.o \
		arch/x86/image.ld
	@mkdir -p $(@D)
	$(SMM_LINK)

# Exceptions in the 16-bit part of entry with each SMI: a breakpoint and a debug exception; and one that
# nothing can go on after.
$(BUILD)/test/entry-early.o: EARLY_PROVOKED := int3; int $$1
$(BUILD)/test/entry-stop.o: EARLY_PROVOKED := int $$13
$(BUILD)/test/entry-early.o $(BUILD)/test/entry-stop.o: arch/x86/entry.S
	@mkdir -p $(@D)
	$(CC) $(SMM_CFLAGS) '-DEARLY_PROVOKED=$(EARLY_PROVOKED)' -MMD -MP -c -o $@ $<

$(BUILD)/test/early/runtime.elf $(BUILD)/test/stop/runtime.elf: \
		$(BUILD)/test/%/runtime.elf: $(filter-out %/arch/x86/entry.S.o,$(SMM_OBJECTS)) \
		$(BUILD)/test/entry-%.o $(BUILD)/smm/tests/rom/early.c.o arch/x86/image.ld
	@mkdir -p $(@D)
	$(SMM_LINK)

-include $(BUILD)/test/entry-early.d $(BUILD)/test/entry-stop.d

$(BUILD)/test/muster-%.rom.elf: $(FIRMWARE_OBJECTS) $(BUILD)/test/%/runtime.blob.o \
		firmware/firmware.ld
	$(FIRMWARE_LINK)

$(BUILD)/test/%.c.o: tests/rom/%.c
	@mkdir -p $(@D)
	$(CC) $(FIRMWARE_CFLAGS) -MMD -MP -c -o $@ $<

# A processor that takes no SMI.
$(BUILD)/test/muster-dead.rom.elf: FIRMWARE_LINK += --wrap=processors_relocate
$(BUILD)/test/muster-dead.rom.elf: $(FIRMWARE_OBJECTS) $(BUILD)/test/dead_processor.c.o \
		$(BUILD)/smm/runtime.blob.o firmware/firmware.ld
	$(FIRMWARE_LINK)

# SIPIs to a processor that is in SMM, instead of the exerciser.
$(BUILD)/test/startup/runtime.elf: $(SMM_OBJECTS) $(BUILD)/smm/tests/rom/stay.c.o arch/x86/image.ld
	@mkdir -p $(@D)
	$(SMM_LINK)

$(BUILD)/test/muster-startup.rom.elf: FIRMWARE_LINK += --wrap=exerciser_run
$(BUILD)/test/muster-startup.rom.elf: $(FIRMWARE_OBJECTS) $(BUILD)/test/startup.c.o \
		$(BUILD)/test/startup/runtime.blob.o firmware/firmware.ld
	$(FIRMWARE_LINK)

TEST_ROMS := $(BUILD)/test/muster-pattern.rom $(BUILD)/test/muster-pattern-nowipe.rom \
	$(BUILD)/test/muster-bad.rom $(BUILD)/test/muster-bad-pc.rom \
	$(BUILD)/test/muster-dead.rom $(BUILD)/test/muster-early.rom $(BUILD)/test/muster-stop.rom \
	$(BUILD)/test/muster-traps.rom $(BUILD)/test/muster-attack.rom \
	$(BUILD)/test/muster-remote.rom \
	$(BUILD)/test/muster-remote-pc.rom $(BUILD)/test/muster-unserved.rom \
	$(BUILD)/test/muster-startup.rom

.SECONDARY:
.DELETE_ON_ERROR:

# --- tools: smistat, and Linux on the ROM ---------------------------------------------------
#
# Variables of `make run` and `make shell`: MACHINE (q35 or pc), CPUS, MEM, THREAD (multi or single), KERNEL and INITRD
# (yours instead of Debian's and ours), APPEND (more kernel command line).

MACHINE ?= q35
CPUS ?= 4
MEM ?= 1G
THREAD ?= multi
DEBIAN_KERNEL := $(BUILD)/kernel/vmlinuz
RUN_KERNEL = $(or $(KERNEL),$(DEBIAN_KERNEL))
$(foreach file,$(KERNEL) $(INITRD),$(if $(wildcard $(file)),,$(error $(file): no such file)))
RUN_INITRD = $(or $(INITRD),$(BUILD)/run.cpio.gz)

TOOL_CFLAGS := -std=c11 -O2 -g $(WARNINGS) -D_DEFAULT_SOURCE -Iinclude -I. -MMD -MP
SMISTAT_SOURCES := $(sort $(wildcard tools/smistat/*.c tools/shared/*.c))
SMISTAT_OBJECTS := $(SMISTAT_SOURCES:%=$(BUILD)/host/%.o)
# A kernel of yours brings its own modules, or has the msr driver built in.
ifeq ($(RUN_KERNEL),$(DEBIAN_KERNEL))
MODULES := $(BUILD)/kernel/msr.ko
endif
RUN_ROM = $(BUILD)/muster$(if $(filter pc,$(MACHINE)),-pc).rom
RUN = tools/run/run.py --machine $(MACHINE) --rom $(RUN_ROM) --kernel $(RUN_KERNEL) --initrd $(RUN_INITRD) \
	--cpus $(CPUS) --mem $(MEM) --thread $(THREAD) --append "$(APPEND)" \
	--log $(BUILD)/run.log

.PHONY: help packages tools run shell

help: ## this list
	@echo "make run and make test do everything, make check is the fast part; V=1 shows commands."
	@echo
	@awk '/^# --- / { heading = $$0; gsub(/^# --- | -*$$/, "", heading) } \
		/^[a-z-]+:.*## / { \
			if (heading) { printf "\n%s\n", heading; heading = "" } \
			name = $$0; sub(/:.*/, "", name); sub(/.*## /, ""); \
			printf "  make %-15s %s\n", name, $$0 }' $(MAKEFILE_LIST)

packages: ## install the Debian packages all this needs, or print the command that does
	tools/run/packages.sh tests

tools: $(BUILD)/tools/smistat $(BUILD)/muster ## build/tools/smistat, for any x86-64 Linux, and build/muster

run: run-packages $(RUN_ROM) $(RUN_KERNEL) $(RUN_INITRD) ## boot Linux on the ROM, fire SMIs, print what was measured and a verdict
	@python3 $(RUN)

shell: run-packages $(RUN_ROM) $(RUN_KERNEL) $(RUN_INITRD) ## boot Linux on the ROM to a prompt that has smistat
	@python3 $(RUN) --shell

trace: run-packages $(BUILD)/muster.rom $(RUN_KERNEL) $(RUN_INITRD) $(BUILD)/muster ## boot Linux on the ROM, draw its SMIs: build/trace.html, build/trace.svg
	@tools/run/trace.py --rom $(BUILD)/muster.rom --kernel $(RUN_KERNEL) --initrd $(RUN_INITRD) \
		--muster $(BUILD)/muster --cpus $(CPUS) --mem $(MEM) --output $(BUILD)/trace

.PHONY: trace
.PHONY: run-packages
run-packages:
	@tools/run/packages.sh

$(BUILD)/tools/smistat: $(SMISTAT_OBJECTS)
	@mkdir -p $(@D)
	$(CC) -static -pthread -o $@ $^ -lm

$(BUILD)/host/tools/smistat/%.c.o: tools/smistat/%.c
	@mkdir -p $(@D)
	$(CC) $(TOOL_CFLAGS) -pthread -c -o $@ $<

$(BUILD)/host/tools/shared/%.c.o: tools/shared/%.c
	@mkdir -p $(@D)
	$(CC) $(TOOL_CFLAGS) -c -o $@ $<

$(BUILD)/kernel/vmlinuz $(BUILD)/kernel/msr.ko &: | tools/run/kernel.sh
	tools/run/kernel.sh $(BUILD)/kernel

$(BUILD)/run.cpio.gz: tools/run/initramfs.sh tools/run/init $(BUILD)/tools/smistat $(MODULES)
	tools/run/initramfs.sh $@ $(BUILD)/tools/smistat $(MODULES)

-include $(SMISTAT_OBJECTS:.o=.d)

# --- the host front: build/muster -----------------------------------------------------------
#
# Needs libjansson-dev. page.html, the page that `muster trace --html` fills, is part of the
# program.

FRONT_SOURCES := $(sort $(wildcard tools/muster/*.c tools/muster/*.S tools/shared/*.c))
FRONT_PLANNER := $(PLANNER) core/layout_regions.c arch/x86/image_plan.c
FRONT_OBJECTS := $(FRONT_SOURCES:%=$(BUILD)/host/%.o) $(FRONT_PLANNER:%=$(BUILD)/host/%.o)
FRONT_CFLAGS := $(TOOL_CFLAGS) -D_GNU_SOURCE -Iarch/x86/include

$(BUILD)/muster: $(FRONT_OBJECTS)
	$(CC) -o $@ $^ -ljansson -lm

# `muster layout` plans for the images that the ROMs carry.
$(BUILD)/host/tools/muster/layout_image.S.o: tools/muster/layout_image.S $(BUILD)/smm/runtime.bin \
		$(BUILD)/smm/pc/runtime.bin
	@mkdir -p $(@D)
	$(CC) -DLAYOUT_IMAGE_Q35='"$(BUILD)/smm/runtime.bin"' \
		-DLAYOUT_IMAGE_PC='"$(BUILD)/smm/pc/runtime.bin"' -c -o $@ $<

$(FRONT_PLANNER:%=$(BUILD)/host/%.o): $(BUILD)/host/%.o: %
	@mkdir -p $(@D)
	$(CC) $(FRONT_CFLAGS) -c -o $@ $<

$(BUILD)/host/tools/muster/%.c.o: tools/muster/%.c
	@mkdir -p $(@D)
	$(CC) $(FRONT_CFLAGS) -c -o $@ $<

$(BUILD)/host/tools/muster/%.S.o: tools/muster/%.S tools/muster/page.html
	@mkdir -p $(@D)
	$(CC) -c -o $@ $<

-include $(FRONT_OBJECTS:.o=.d)

# --- installing -----------------------------------------------------------------------------
#
# The tools, the simulator, the ROM and its descriptor for QEMU, the library with its headers and
# its example, man pages. DESTDIR as
# usual; PREFIX is where they will be found.

PREFIX ?= /usr/local
VERSION = $(shell sed -n 's/.define MUSTER_VERSION_[MP][A-Z]* \([0-9]*\)u.*/\1/p' \
	include/muster/muster.h | paste -sd.)
INSTALLED := $(BUILD)/muster $(BUILD)/muster-sim $(BUILD)/muster-sim-large $(BUILD)/tools/smistat \
	$(BUILD)/muster.rom $(BUILD)/muster-pc.rom $(BUILD)/libmuster.a

.PHONY: install uninstall deb

install: $(INSTALLED) ## into $(DESTDIR)$(PREFIX)
	tools/install/install.sh put $(BUILD) "$(DESTDIR)" $(PREFIX) $(VERSION)

uninstall: ## what install put there
	tools/install/install.sh remove $(BUILD) "$(DESTDIR)" $(PREFIX) $(VERSION)

deb: $(INSTALLED) ## a Debian package in build/
	tools/install/deb.sh $(BUILD) $(VERSION)

.PHONY: test-deb
test-deb: deb ## the package in a minimal Debian of its own; needs root and a mirror
	tools/run/packages.sh deb
	tests/tools/deb_chroot.sh $(BUILD)/muster_$(VERSION)_amd64.deb

.PHONY: test-front
test-front: $(INSTALLED) ## the host front, and its page in a browser (screenshots in build/test-logs)
	BUILD=$(BUILD) $(PYTEST) tests/tools

# --- the documents --------------------------------------------------------------------------

# The public headers' pages; a warning of Doxygen's is an error.

.PHONY: docs test-docs docs-slow

docs: ## the pages of the public headers: build/docs/html/index.html
	@mkdir -p $(BUILD)/docs
	{ cat tools/docs/Doxyfile; echo "OUTPUT_DIRECTORY = $(BUILD)/docs"; } | doxygen -

test-docs: $(INSTALLED) ## the commands that the documents show, but those marked slow
	tools/check/commands.py

docs-slow: $(INSTALLED) ## those marked slow
	tools/check/commands.py --slow

# --- the style ------------------------------------------------------------------------------

.PHONY: lint
lint: docs ## the style, links and excerpts of the documents, cppcheck, shellcheck, man pages
	tools/check/tidy.py
	tools/check/links.py
	tools/check/excerpts.py
	tools/check/cppcheck.sh
	shellcheck .ci/run $$(git ls-files '*.sh')
	mandoc -T lint -W warning docs/man/*.1

# --- bench: what an SMI costs ---------------------------------------------------------------
#
# The plugin is for QEMU's TCG; Debian packages no header for it, bench/plugin has its own. The
# floors are the firmware with another image in the runtime's place.

PLUGIN := $(BUILD)/bench/smm_count.so
PLUGIN_CFLAGS := -std=gnu11 -O2 -g $(WARNINGS) -fPIC -shared -fvisibility=hidden
FLOORS := rsm rendezvous word entry
FLOOR_ROMS := $(FLOORS:%=$(BUILD)/bench/%.rom)
FLOOR_OBJECTS := $(patsubst %,$(BUILD)/smm/%.o,bench/floor/install.c bench/floor/relocate.S \
	core/layout_regions.c)

BENCH_TESTED := $(PLUGIN) $(FLOOR_ROMS)

.PHONY: bench-count floors

bench-count: $(PLUGIN) $(BUILD)/muster.rom ## instructions of an SMI by processor, role and phase
	python3 bench/count.py --build $(BUILD)

$(PLUGIN): bench/plugin/smm_count.c bench/plugin/qemu_plugin.h
	@mkdir -p $(@D)
	$(CC) $(PLUGIN_CFLAGS) -o $@ $<

$(BUILD)/test/smm_visits.so: tests/qemu/plugin/smm_visits.c bench/plugin/qemu_plugin.h
	@mkdir -p $(@D)
	$(CC) $(PLUGIN_CFLAGS) -Ibench/plugin -o $@ $<

floors: $(FLOOR_ROMS) ## ROMs that do as little in SMM as there can be

$(BUILD)/bench/%/runtime.elf: $(FLOOR_OBJECTS) $(BUILD)/smm/bench/floor/%.S.o arch/x86/image.ld
	@mkdir -p $(@D)
	$(SMM_LINK)

$(BUILD)/bench/entry/runtime.elf: $(filter-out %/core/smi.c.o,$(SMM_OBJECTS)) \
		$(BUILD)/smm/bench/floor/entry.c.o arch/x86/image.ld
	@mkdir -p $(@D)
	$(SMM_LINK)

$(BUILD)/bench/%.rom.elf: $(FIRMWARE_OBJECTS) $(BUILD)/bench/%/runtime.blob.o firmware/firmware.ld
	$(FIRMWARE_LINK)

# QUICK=1: 1 and 4 processors, few rounds. BENCH: more options for bench/run.py. Times decide no
# test; compare them within one run only.
.PHONY: bench bench-docs bench-flushes bench-packages

bench: bench-packages rom floors sim $(PLUGIN) $(DEBIAN_KERNEL) $(BUILD)/run.cpio.gz ## what an SMI costs, with muster, its peers and on the floors
	python3 bench/run.py --build $(BUILD) --kernel $(DEBIAN_KERNEL) \
		--initrd $(BUILD)/run.cpio.gz $(if $(QUICK),--quick) $(BENCH)

bench-flushes: rom floors $(DEBIAN_KERNEL) $(BUILD)/run.cpio.gz ## flushes and misses of QEMU's TLB for an SMI
	@tools/run/packages.sh flushes
	bench/flushes.py --build $(BUILD) --kernel $(DEBIAN_KERNEL) --initrd $(BUILD)/run.cpio.gz

bench-docs: ## put what make bench measured last into docs/performance.md
	bench/publish.py $(BUILD)

bench-packages:
	@tools/run/packages.sh bench

# --- tests ----------------------------------------------------------------------------------

UNIT_SMISTAT := $(patsubst tests/unit/%.c,$(BUILD)/test/%,$(wildcard tests/unit/test_smistat*.c))
GUEST_INITRD := $(BUILD)/test/guest.cpio.gz
ATTACK_INITRD := $(BUILD)/test/attack.cpio.gz
UNPACKED_KERNEL := $(BUILD)/test/vmlinuz
PYTEST := /usr/bin/python3 -m pytest -q -p no:cacheprovider

.PHONY: check test test-unit test-smistat test-qemu test-qemu-fast test-qemu-slow test-online

check: packages test-unit test-firmware test-smistat test-qemu-fast lint ## the fast part of the tests

test: check test-sim test-front test-docs test-fuzz test-qemu-slow ## everything that must pass; what CI runs

# The core on the host, with sanitizers: test_core.c brings a port of its own.
UNIT_CORE := $(BUILD)/test/test_core
UNIT_CFLAGS := -std=c11 -g -O1 $(WARNINGS) -Wno-conversion -D_DEFAULT_SOURCE \
	-fsanitize=address,undefined -fno-sanitize-recover -Iinclude -Iarch/host/include -Iarch/x86/include -I.

UNIT_LAYOUT := $(BUILD)/test/test_layout

UNIT_COMMUNICATE := $(BUILD)/test/test_communicate

UNIT_IMAGE := $(BUILD)/test/test_image

# As it is in images for small SMRAM.
UNIT_HANDLER_STACK := $(BUILD)/test/test_handler_stack

# The layouts of save states.
UNIT_SAVE_STATE := $(BUILD)/test/test_save_state

# The port to real ICH9 registers, on made-up ones.
UNIT_ICH9 := $(BUILD)/test/test_ich9

# The examples of CONTRIBUTING.md: a port and a handler, with the core.
UNIT_EXAMPLES := $(BUILD)/test/test_examples

test-unit: $(UNIT_CORE) $(UNIT_EXAMPLES) $(UNIT_ICH9) $(UNIT_LAYOUT) $(UNIT_COMMUNICATE) $(UNIT_IMAGE) $(UNIT_HANDLER_STACK) $(UNIT_SAVE_STATE) ## the core on the host, one processor at a time
	$(UNIT_CORE)
	$(UNIT_EXAMPLES)
	$(UNIT_ICH9)
	$(UNIT_COMMUNICATE)
	$(UNIT_LAYOUT)
	$(UNIT_IMAGE)
	$(UNIT_HANDLER_STACK)
	$(UNIT_SAVE_STATE)

$(UNIT_ICH9): tests/unit/test_ich9.c platform/ich9/port.c platform/ich9/ich9.h include/muster/port.h
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -o $@ $(filter %.c,$^) -lcmocka

$(UNIT_HANDLER_STACK): tests/unit/test_handler_stack.c arch/x86/small/handler_stack.c \
		$(wildcard arch/x86/small/arch/*.h arch/x86/*.h core/*.h)
	@mkdir -p $(@D)
	$(CC) -Iarch/x86/small -Iarch/x86/include $(UNIT_CFLAGS) -mno-red-zone -pthread -o $@ $(filter %.c,$^) -lcmocka

$(UNIT_COMMUNICATE): tests/unit/test_communicate.c core/communicate.c services/communicate.c \
		$(wildcard core/*.h include/muster/*.h)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -o $@ $(filter %.c,$^) -lcmocka

$(UNIT_IMAGE): tests/unit/test_image.c $(FIRMWARE_SHARED) $(wildcard core/*.h arch/x86/image.h) \
		include/muster/install.h
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -o $@ $(filter %.c,$^) -lcmocka

$(UNIT_LAYOUT): tests/unit/test_layout.c $(PLANNER) core/layout_regions.c core/layout.h \
		include/muster/layout.h
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -o $@ $(filter %.c,$^) -lcmocka

$(UNIT_CORE): tests/unit/test_core.c tests/unit/core_machine.h \
		$(wildcard core/*.[ch] services/*.c include/muster/*.h)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -o $@ $(filter %.c,$^) -lcmocka

$(UNIT_SAVE_STATE): tests/unit/test_save_state.c tests/unit/core_machine.h arch/x86/relocate_error.c \
		$(wildcard core/*.[ch] services/*.c include/muster/*.h)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -o $@ $(filter %.c,$^) -lcmocka

$(UNIT_EXAMPLES): tests/unit/test_examples.c tests/unit/core_machine.h \
		$(wildcard tests/examples/*.[ch] core/*.[ch] services/*.c \
		include/muster/*.h)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -o $@ $(filter %.c,$^) -lcmocka

# --- fuzzing: libFuzzer, with clang ------------------------------------------------------------
#
# A fuzzer is tests/fuzz/fuzz_NAME.c with a corpus beside it. Which sources it tries stands in its
# rule; those of the firmware find functions in the place of I/O ports (arch/host). What the fuzzers
# find stays in build/fuzz: an input that shows a mistake belongs into the corpus.

FUZZ_SECONDS ?= 60
FUZZ_SEED ?= 1
FUZZERS := acpi communicate decode fw_cfg linux muster play replay simulator smistat trace
FUZZ := $(FUZZERS:%=$(BUILD)/test/fuzz_%)
fuzz_of = $(1:%=$(BUILD)/test/fuzz_%)

# The address sanitizer is left out where a fuzzer's rule says so.
FUZZ_SANITIZERS = fuzzer,address,undefined
FUZZ_CFLAGS := -std=gnu11 -g -O1 $(WARNINGS) -Wno-conversion -Wno-missing-prototypes \
	-D_GNU_SOURCE -fno-sanitize-recover=all
FUZZ_INCLUDES = -Iinclude -I. -Iarch/host/include -Iarch/x86/include

.PHONY: test-fuzz
test-fuzz: $(FUZZ) ## libFuzzer on every parser, FUZZ_SECONDS each, two at a time
	FUZZ_SEED=$(FUZZ_SEED) tests/fuzz/run.sh $(BUILD) $(FUZZ_SECONDS) $(FUZZERS)

.PHONY: fuzz-planted
fuzz-planted: $(FUZZ) ## the fuzzers' own test: a mistake for each, which it must find
	tests/fuzz/planted.py

# Some sources are included by a fuzzer instead of linked.
FUZZ_INCLUDED := firmware/fw_cfg.c tools/muster/main.c sim/main.c
FUZZ_HEADERS := $(foreach depth,* */* */*/* */*/*/*,$(wildcard $(depth).h))

$(FUZZ): $(BUILD)/test/fuzz_%: tests/fuzz/fuzz_%.c $(FUZZ_INCLUDED) $(FUZZ_HEADERS)
	@mkdir -p $(@D)
	clang $(FUZZ_CFLAGS) -fsanitize=$(FUZZ_SANITIZERS) $(FUZZ_INCLUDES) -o $@ \
		$(filter-out $(FUZZ_INCLUDED),$(filter %.c %.S %.o,$^)) $(FUZZ_LIBRARIES)

$(call fuzz_of,communicate): core/communicate.c services/communicate.c

$(call fuzz_of,decode muster simulator smistat trace replay play): tests/fuzz/program.c
$(call fuzz_of,decode muster simulator smistat trace replay play): \
	FUZZ_LIBRARIES = -ljansson -lm
$(call fuzz_of,decode muster simulator smistat trace replay play): \
	FUZZ_CFLAGS += $(foreach name,fopen execv execvp,-D$(name)=program_$(name))
$(call fuzz_of,decode muster trace): FUZZ_LIBRARIES += -Wl,--wrap=file_read
$(call fuzz_of,decode muster trace): tests/fuzz/exact_file.c \
	$(filter-out %/main.c %/layout_image.S,$(FRONT_SOURCES)) $(FRONT_PLANNER) \
	$(BUILD)/host/tools/muster/layout_image.S.o
$(call fuzz_of,smistat): tools/smistat/options.c tools/smistat/cpulist.c \
	$(wildcard tools/shared/*.c)

$(call fuzz_of,acpi fw_cfg linux): tests/fuzz/firmware.c $(BUILD)/test/fuzz/memory.o
$(call fuzz_of,acpi fw_cfg linux): FUZZ_INCLUDES = -Iarch/host/include -Ifirmware -Iinclude -I.
$(call fuzz_of,acpi fw_cfg linux): FUZZ_CFLAGS += -fno-sanitize=alignment
$(call fuzz_of,acpi fw_cfg linux): FUZZ_LIBRARIES = -Wl,--wrap=memory_copy,--wrap=memory_set
$(call fuzz_of,acpi): tests/fuzz/pool.c firmware/acpi_loader.c firmware/acpi_tables.c
$(call fuzz_of,linux): firmware/linux.c firmware/memory_map.c

$(BUILD)/test/fuzz/memory.o: firmware/memory.c
	@mkdir -p $(@D)
	clang $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link,address $(HOST_NAMES) -c -o $@ $<

# --- tests: smistat, QEMU ---------------------------------------------------------------------

test-smistat: $(UNIT_SMISTAT) ## unit tests of smistat's pure parts
	for test in $(UNIT_SMISTAT); do $$test || exit 1; done

# What the QEMU tests run.
QEMU_TESTED := $(BENCH_TESTED) $(BUILD)/test/smm_visits.so $(BUILD)/muster-sim $(BUILD)/muster.rom $(BUILD)/muster-pc.rom $(BUILD)/muster \
	$(TEST_ROMS) $(DEBIAN_KERNEL) $(UNPACKED_KERNEL) $(GUEST_INITRD) $(ATTACK_INITRD)

test-qemu: $(QEMU_TESTED) ## the ROM and Linux in QEMU, counts and states
	BUILD=$(BUILD) $(PYTEST) tests/qemu

test-qemu-slow: $(QEMU_TESTED) ## the rest of test-qemu
	BUILD=$(BUILD) $(PYTEST) -m "not fast and not recording" tests/qemu

# It stops QEMU's threads as a debugger does, and not every boot bears that: its traces, once
# recorded, are what make test judges.
.PHONY: test-conform
test-conform: $(QEMU_TESTED) ## record traces of processors in QEMU anew, and judge them by the simulator
	BUILD=$(BUILD) $(PYTEST) -m recording tests/qemu

test-online: $(QEMU_TESTED) ## a processor goes offline and online 200 times while SMIs are fired
	BUILD=$(BUILD) ONLINE_TIMES=200 ONLINE_THREADS="single multi" $(PYTEST) -s tests/qemu/test_online.py

test-qemu-fast: $(QEMU_TESTED) ## the short half of test-qemu
	BUILD=$(BUILD) $(PYTEST) -m fast tests/qemu

$(UNIT_SMISTAT): $(BUILD)/test/%: tests/unit/%.c $(filter-out %/main.c.o,$(SMISTAT_OBJECTS))
	@mkdir -p $(@D)
	$(CC) $(TOOL_CFLAGS) -Itools/smistat -pthread -o $@ $^ -lcmocka -lm

# Unpacking is the longer part of a boot without hardware support.
$(UNPACKED_KERNEL): $(DEBIAN_KERNEL) $(wildcard tests/qemu/guest/unpack*)
	@mkdir -p $(@D)
	tests/qemu/guest/unpack_kernel.py $< $@

GUEST_TOOLS := $(BUILD)/test/issue $(BUILD)/test/poke $(BUILD)/test/smi

$(BUILD)/test/issue: tests/qemu/guest/registers.S tests/qemu/guest/registers.h
$(GUEST_TOOLS): $(BUILD)/test/%: tests/qemu/guest/%.c tests/qemu/guest/window.c \
		tests/qemu/guest/window.h
	@mkdir -p $(@D)
	$(CC) $(TOOL_CFLAGS) -static -pthread -o $@ $(filter %.c %.S,$^)

# Attacks by root, and by a kernel: a module against Debian's headers.
$(BUILD)/test/attacks: $(wildcard tests/qemu/guest/attack/*.[ch] tests/qemu/guest/window.*)
	@mkdir -p $(@D)
	$(CC) $(TOOL_CFLAGS) -static -pthread -o $@ $(filter %.c,$^)

$(BUILD)/test/attack.ko: $(BUILD)/kernel/msr.ko $(wildcard tests/qemu/module/*)
	tests/qemu/module/build.sh $< $(BUILD)/kernel-headers $@

ATTACK_TOOLS := $(GUEST_TOOLS) $(BUILD)/test/attacks $(BUILD)/test/attack.ko

$(ATTACK_INITRD): tools/run/initramfs.sh tools/run/init $(BUILD)/tools/smistat $(BUILD)/kernel/msr.ko $(ATTACK_TOOLS)
	tools/run/initramfs.sh $@ $(BUILD)/tools/smistat $(BUILD)/kernel/msr.ko $(ATTACK_TOOLS)

$(GUEST_INITRD): tools/run/initramfs.sh tools/run/init $(BUILD)/tools/smistat $(BUILD)/kernel/msr.ko $(GUEST_TOOLS)
	tools/run/initramfs.sh $@ $(BUILD)/tools/smistat $(BUILD)/kernel/msr.ko $(GUEST_TOOLS)

# --- simulator ------------------------------------------------------------------------------
#
# The text of core/ against arch/sim: the door to shared memory is the scheduler's there, and the
# compiler's thread-sanitizer calls end in sim/plain.c instead of its library. One fixed address
# for all (no PIE), so that states are the same in every process.

SIM_CFLAGS := -std=c11 -O2 -g $(WARNINGS) -Wno-conversion -D_GNU_SOURCE -fno-pie -fno-strict-aliasing \
	-fno-stack-protector -fcf-protection=none -Iarch/sim/include -Iarch/host/include -Iinclude -I. -MMD \
	-MP
SIM_CORE ?= core
SIM_BUILD ?= $(BUILD)/sim
SIM_CORE_SOURCES := $(filter-out %/install.c $(SIM_CORE)/layout%,$(wildcard $(SIM_CORE)/*.c))
SIM_CORE_OBJECTS := $(patsubst $(SIM_CORE)/%.c,$(SIM_BUILD)/core/%.o,$(SIM_CORE_SOURCES))
SIM_SOURCES := $(wildcard sim/*.c) sim/context_switch.S
# Logs, pages and the places of fields in save states are the front's.
SIM_FRONT := $(addprefix tools/muster/,files.c log.c log_json.c page.S save_state.c text.c timeline.c \
	trace_html.c) $(wildcard tools/shared/*.c)
SIM_OBJECTS := $(patsubst sim/%,$(BUILD)/sim/%.o,$(SIM_SOURCES)) \
	$(SIM_FRONT:%=$(BUILD)/host/%.o)
SIM_LINK = $(CC) -no-pie $(SIM_COVERAGE) -o $@ $^ -ljansson

# For more processors than a window describes: all of it with wider sets, which would make every
# state of the usual one larger. build/muster-sim starts it when it has to.
SIM_LARGE_CFLAGS := $(SIM_CFLAGS) -DMUSTER_WINDOW_PROCESSORS_MAX=4096u
SIM_LARGE := $(patsubst %,$(BUILD)/sim-large/%.o,$(SIM_SOURCES) $(SIM_FRONT))
SIM_LARGE_CORE := $(SIM_CORE_SOURCES:%=$(BUILD)/sim-large/%.o)

.PHONY: sim test-sim explore explore-large mutants sim-coverage

sim: $(BUILD)/muster-sim $(BUILD)/muster-sim-large ## build/muster-sim: the core under every interleaving

$(BUILD)/muster-sim-large: $(SIM_LARGE) $(SIM_LARGE_CORE)
	$(SIM_LINK)

$(BUILD)/sim-large/core/%.o: core/%
	@mkdir -p $(@D)
	$(CC) $(SIM_LARGE_CFLAGS) -fsanitize=thread -c -o $@ $<

$(BUILD)/sim-large/%.o: %
	@mkdir -p $(@D)
	$(CC) $(SIM_LARGE_CFLAGS) -c -o $@ $<

$(BUILD)/muster-sim: $(SIM_OBJECTS) $(SIM_CORE_OBJECTS)
	$(SIM_LINK)

$(BUILD)/sim/%.c.o: sim/%.c
	@mkdir -p $(@D)
	$(CC) $(SIM_CFLAGS) -c -o $@ $<

$(BUILD)/sim/%.S.o: sim/%.S
	@mkdir -p $(@D)
	$(CC) $(SIM_CFLAGS) -c -o $@ $<

$(SIM_BUILD)/core/%.o: $(SIM_CORE)/%.c
	@mkdir -p $(@D)
	$(CC) -I$(SIM_CORE)/.. $(SIM_CFLAGS) $(SIM_COVERAGE) -fsanitize=thread -c -o $@ $<

# One simulator with another core, or with a file of sim/ that stands in SIM_BUILD/sim instead:
# tests/mutants/run.py sets SIM_CORE, SIM_BUILD, MUTANT and LARGE.
SIM_CHANGED := $(patsubst %,%.o,$(wildcard $(SIM_BUILD)/sim/*.c))

$(SIM_CHANGED): $(SIM_BUILD)/sim/%.c.o: $(SIM_BUILD)/sim/%.c
	$(CC) -I$(SIM_BUILD) $(SIM_CFLAGS) -c -o $@ $<

.PHONY: sim-mutant
sim-mutant: $(MUTANT)

ifneq ($(MUTANT),)
ifdef LARGE
$(SIM_CORE_OBJECTS): SIM_CFLAGS := $(SIM_LARGE_CFLAGS)
endif
$(MUTANT): $(filter-out $(addprefix %/,$(notdir $(SIM_CHANGED))),$(if $(LARGE),$(SIM_LARGE),$(SIM_OBJECTS))) \
	$(SIM_CHANGED) $(SIM_CORE_OBJECTS)
	$(SIM_LINK)
endif

SIM_TESTS := $(addprefix $(BUILD)/test/test_sim_,explorer machine table)

$(SIM_TESTS): $(BUILD)/test/%: tests/unit/%.c $(filter-out %/main.c.o,$(SIM_OBJECTS)) $(SIM_CORE_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(SIM_CFLAGS) -no-pie -o $@ $^ -lcmocka -ljansson

test-sim: sim $(SIM_TESTS) $(BUILD)/smm/runtime.elf ## the core under all interleavings of 2 to 4 processors, and the checker itself
	$(BUILD)/test/test_sim_explorer
	$(BUILD)/test/test_sim_machine
	$(BUILD)/test/test_sim_table
	tests/sim/explore.sh $(BUILD)/muster-sim test
	tests/mutants/run.py --sample 8
	BUILD=$(BUILD) $(PYTEST) tests/sim
	tests/sim/unreached.py $(BUILD)

explore-large: sim ## 256 and 1,024 processors, 1,000 random executions each
	tests/sim/explore.sh $(BUILD)/muster-sim random

explore: sim ## larger searches: minutes on two cores, gigabytes
	tests/sim/explore.sh $(BUILD)/muster-sim large

.PHONY: cost-picture
cost-picture: bench-packages sim ## docs/pictures/cost.svg: what a round costs, up to 4,096 processors
	$(BUILD)/muster-sim cost --cpus 2..4096 --nodes 4 >$(BUILD)/cost.txt
	gnuplot -e "table='$(BUILD)/cost.txt'; picture='docs/pictures/cost.svg'" \
		docs/pictures/cost.gnuplot

sim-coverage: sim ## the lines of core/ that the explored scenarios never reach, each explained
	tests/sim/unreached.py $(BUILD)

mutants: sim ## the simulator's own test: seeded bugs in the core, each must be found
	tests/mutants/run.py
	tests/mutants/run.py --large 256
	tests/mutants/run.py --large 1024

# The fuzzers of its files and of its command line (above): the core and the machine as they are, for
# the sanitizers want to know nothing of stacks that are switched.
$(call fuzz_of,replay play simulator): FUZZ_INCLUDES = -Iarch/sim/include -Iinclude -I.
$(call fuzz_of,replay play simulator): FUZZ_LIBRARIES += -no-pie
$(call fuzz_of,play): FUZZ_SANITIZERS = fuzzer,undefined
$(call fuzz_of,replay play): sim/replay.c sim/scenario.c $(SIM_CORE_OBJECTS) \
	$(filter-out %/main.c.o %/replay.c.o %/scenario.c.o,$(SIM_OBJECTS))
$(call fuzz_of,simulator): sim/scenario.c sim/cli_options.c $(SIM_CORE_OBJECTS) \
	$(filter-out %/main.c.o %/scenario.c.o %/cli_options.c.o,$(SIM_OBJECTS))

-include $(SIM_OBJECTS:.o=.d) $(SIM_CORE_OBJECTS:.o=.d) $(SIM_LARGE:.o=.d) $(SIM_LARGE_CORE:.o=.d)
