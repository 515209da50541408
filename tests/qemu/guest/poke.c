/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an attacker with root can reach from Linux: ports, configuration space, physical memory.
 * The tests use it inside the guest. Numbers in C notation; output in hexadecimal.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <unistd.h>

static const char usage_text[] =
    "poke in WIDTH PORT\n"
    "poke out WIDTH PORT VALUE\n"
    "poke pci-read WIDTH DEVICE FUNCTION REGISTER\n"
    "poke pci-write WIDTH DEVICE FUNCTION REGISTER VALUE\n"
    "poke ones ADDRESS SIZE       count words that are not all ones\n"
    "poke fill ADDRESS SIZE BYTE  write memory\n";

static uint32_t port_read(unsigned width, uint16_t port)
{
    switch (width) {
    case 8:
        return inb(port);
    case 16:
        return inw(port);
    default:
        return inl(port);
    }
}

static void port_write(unsigned width, uint16_t port, uint32_t value)
{
    switch (width) {
    case 8:
        outb((uint8_t)value, port);
        return;
    case 16:
        outw((uint16_t)value, port);
        return;
    default:
        outl(value, port);
    }
}

/* The data port of a register, with its address selected. Linux uses the same two ports: keep
 * away from others meanwhile, which is easy on a machine that does nothing else. */
static uint16_t pci_select(const unsigned long *words)
{
    uint32_t address = 0x80000000u | (uint32_t)words[1] << 11 | (uint32_t)words[2] << 8 |
                       ((uint32_t)words[3] & 0xfcu);

    outl(address, 0xcf8);
    return (uint16_t)(0xcfc + (words[3] & 3));
}

static volatile uint8_t *memory_map(unsigned long address, size_t size)
{
    int memory = open("/dev/mem", O_RDWR | O_SYNC);
    void *base = MAP_FAILED;

    if (memory >= 0)
        base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, (off_t)address);
    if (base == MAP_FAILED) {
        perror("poke: /dev/mem");
        exit(1);
    }
    return base;
}

static void ones_count(unsigned long address, size_t size)
{
    const volatile uint32_t *word = (volatile uint32_t *)memory_map(address, size);
    size_t others = 0;

    for (size_t i = 0; i < size / sizeof(*word); i++)
        others += word[i] != UINT32_MAX;
    printf("%zu\n", others);
}

static void memory_fill(unsigned long address, size_t size, uint8_t byte)
{
    volatile uint8_t *memory = memory_map(address, size);

    for (size_t i = 0; i < size; i++)
        memory[i] = byte;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    unsigned long words[6] = {0};
    int count = argc - 2;

    for (int i = 0; i < count && i < 6; i++)
        words[i] = strtoul(argv[i + 2], NULL, 0);
    if (iopl(3) != 0) {
        perror("poke: iopl");
        return 1;
    }
    if (strcmp(what, "in") == 0 && count == 2)
        printf("%x\n", port_read((unsigned)words[0], (uint16_t)words[1]));
    else if (strcmp(what, "out") == 0 && count == 3)
        port_write((unsigned)words[0], (uint16_t)words[1], (uint32_t)words[2]);
    else if (strcmp(what, "pci-read") == 0 && count == 4)
        printf("%x\n", port_read((unsigned)words[0], pci_select(words)));
    else if (strcmp(what, "pci-write") == 0 && count == 5)
        port_write((unsigned)words[0], pci_select(words), (uint32_t)words[4]);
    else if (strcmp(what, "ones") == 0 && count == 2)
        ones_count(words[0], words[1]);
    else if (strcmp(what, "fill") == 0 && count == 3)
        memory_fill(words[0], words[1], (uint8_t)words[2]);
    else
        return fputs(usage_text, stderr), 2;
    return 0;
}
