import { describe, expect, it } from "vitest";
import {
  codeRanges,
  compareVersions,
  dynamicSymbols,
  exportsOfPe,
  fileFormat,
  glibcFloor,
  instructions,
  isAlignedMove,
  isAvx,
  neededLibraries,
  parseDump,
  visibleFunctions,
} from "../../scripts/prebuilds/listings.mjs";

// Cut from what GNU binutils 2.40 and Microsoft's linker print.
const ELF_HEADERS = `
downhill.node:     file format elf64-x86-64

Dynamic Section:
  NEEDED               libstdc++.so.6
  NEEDED               libc.so.6
  INIT                 0x0000000000004000

Version References:
  required from libc.so.6:
    0x06969194 0x00 03 GLIBC_2.14
`;

const PE_HEADERS = `
downhill.node:     file format pei-x86-64

The Import Tables (interpreted .idata section contents)
 000df000	000df040 00000000 00000000 000dfa20 000df280

	DLL Name: KERNEL32.dll
	vma:  Hint/Ord Member-Name Bound-To
	df4c0	    1  AcquireSRWLockExclusive

	DLL Name: msvcrt.dll

Export Address Table -- Ordinal Base 1
	[   0] +base[   1] 51a0 Export RVA

[Ordinal/Name Pointer] Table
	[   0] napi_register_module_v1
	[   1] +base[   2]  0001 node_api_module_get_api_version_v1

The Function Table (interpreted .pdata section contents)
`;

const SYMBOLS = [
  "downhill.node:     file format elf64-x86-64",
  "",
  "DYNAMIC SYMBOL TABLE:",
  "0000000000002e40 l    d  .text\t0000000000000000 .text",
  "0000000000000000      D  *UND*\t0000000000000000  Base        napi_create_promise",
  "0000000000000000      D  *UND*\t0000000000000000 clock_gettime",
  "0000000000000000      DF *UND*\t0000000000000000 (GLIBC_2.2.5) free",
  "0000000000000000      DF *UND*\t0000000000000000 (GLIBC_2.14) memcpy",
  "0000000000000000      DF *UND*\t0000000000000000 (GLIBCXX_3.4.30) _ZSt4move",
  "0000000000000000  w   DF *UND*\t0000000000000000 (GLIBC_2.2.5) __cxa_finalize",
  "00000000000044d0 g    DF .text\t0000000000000267  Base        napi_register_module_v1",
  "0000000000032170  w   DF .text\t00000000000001bf  Base        _ZNSt7__cxx119to_stringEm",
  "00000000000e8420 u    DO .rodata\t00000000000000c9  Base        _ZZNSt8__detail8__digits",
].join("\n");

describe("headers of a binary", () => {
  it("tell the libraries it asks for", () => {
    expect(neededLibraries(ELF_HEADERS)).toEqual(["libstdc++.so.6", "libc.so.6"]);
    expect(neededLibraries(PE_HEADERS)).toEqual(["KERNEL32.dll", "msvcrt.dll"]);
    expect(neededLibraries("downhill.node:     file format elf64-x86-64\n")).toEqual([]);
  });

  it("tell its format", () => {
    expect(fileFormat(ELF_HEADERS)).toBe("elf64-x86-64");
    expect(fileFormat(PE_HEADERS)).toBe("pei-x86-64");
    expect(fileFormat("")).toBe("unknown");
  });

  it("tell the exports of a DLL, in the older and the newer form", () => {
    expect(exportsOfPe(PE_HEADERS)).toEqual(["napi_register_module_v1", "node_api_module_get_api_version_v1"]);
    expect(exportsOfPe(ELF_HEADERS)).toEqual([]);
  });

  it("are read as Microsoft's linker prints them, too", () => {
    const dump = [
      "FILE HEADER VALUES",
      "            AA64 machine (ARM64)",
      "  Image has the following dependencies:",
      "",
      "    KERNEL32.dll",
      "",
      "  Image has the following delay load dependencies:",
      "",
      "    NODE.EXE",
      "",
      "    ordinal hint RVA      name",
      "",
      "          1    0 00005A10 napi_register_module_v1",
      "          2    1 00005A00 node_api_module_get_api_version_v1",
      "",
      "  Summary",
      "",
      "        1000 .data",
      "",
    ].join("\r\n");
    expect(parseDump(dump)).toEqual({
      format: "ARM64",
      needed: ["KERNEL32.dll", "NODE.EXE"],
      exports: ["napi_register_module_v1", "node_api_module_get_api_version_v1"],
    });
  });
});

describe("symbols of a binary", () => {
  it("are exports, weak ones too, and imports, weak ones not", () => {
    expect(dynamicSymbols(SYMBOLS)).toEqual({
      exports: ["napi_register_module_v1", "_ZNSt7__cxx119to_stringEm", "_ZZNSt8__detail8__digits"],
      imports: ["napi_create_promise", "clock_gettime", "free", "memcpy", "_ZSt4move"],
    });
  });

  it("tell the newest glibc, number by number, and leave the C++ library's versions out", () => {
    expect(glibcFloor(SYMBOLS)).toBe("2.14");
    expect(glibcFloor("(GLIBC_2.9) a\n(GLIBC_2.34) b\n(GLIBC_2.2.5) c")).toBe("2.34");
    expect(glibcFloor("(GLIBCXX_3.4.30) a")).toBeUndefined();
  });

  it("of versions come in the order of their numbers", () => {
    const versions = ["2.34", "2.2.5", "2.28", "2.2", "3.0", "2.28.1"];
    expect(versions.sort(compareVersions)).toEqual(["2.2", "2.2.5", "2.28", "2.28.1", "2.34", "3.0"]);
    expect(compareVersions("2.28", "2.28")).toBe(0);
  });

  it("of an object are those functions that others can see; data are none", () => {
    const symbols =
      "0000000000000000 W _ZN4sameEv\n0000000000000010 T _Z6globalv\n0000000000000cc0 R _ZN8downhill12kAvx2KernelsE\n";
    expect(visibleFunctions(symbols)).toEqual(["_ZN4sameEv", "_Z6globalv"]);
  });
});

describe("a disassembly", () => {
  const listing = [
    "0000000000004c86 <_init>:",
    "    4c86:\tpush   %r12",
    "    4c88:\tvmovaps 0x20(%rsp),%ymm0        # 4caf <_init+0x29>",
    "   360b09d40:\tcall   4d20 <vectorAt>",
    "",
  ].join("\n");

  it("is read line by line, without names and remarks", () => {
    expect([...instructions(listing)]).toEqual([
      { address: 0x4c86, text: "push   %r12" },
      { address: 0x4c88, text: "vmovaps 0x20(%rsp),%ymm0" },
      { address: 0x360b09d40, text: "call   4d20" },
    ]);
  });

  it.each([
    "vaddps %xmm1,%xmm0,%xmm0",
    "vzeroupper",
    "vfmadd231pd (%rax),%zmm1,%zmm2",
    "vpbroadcastd %eax,%ymm3",
    "kmovw  %eax,%k1",
    "kxnorw %k0,%k0,%k1",
    "shlx   %rax,%rbx,%rcx",
    "andn   %eax,%ebx,%ecx",
    "blsr   %rax,%rbx",
    "mulx   %rax,%rbx,%rcx",
    "tzcntl %ymm0",
  ])("shows that %s needs AVX or what came with it", (text) => {
    expect(isAvx(text)).toBe(true);
  });

  it.each([
    "addps  %xmm1,%xmm0",
    "xgetbv",
    "mov    %rax,%rbx",
    "verr   %ax",
    "vmcall",
    "call   4d20",
    "andnps %xmm0,%xmm1",
    "shl    $0x4,%rax",
    "bswap  %eax",
    "pextrw $0x0,%xmm0,%eax",
  ])("shows that %s does not", (text) => {
    expect(isAvx(text)).toBe(false);
  });

  it("shows moves that need an aligned address", () => {
    expect(isAlignedMove("vmovaps %ymm0,0x20(%rsp)")).toBe(true);
    expect(isAlignedMove("vmovdqa64 (%rcx),%zmm1")).toBe(true);
    expect(isAlignedMove("vmovaps %ymm0,%ymm1")).toBe(false);
    expect(isAlignedMove("vmovups %ymm0,0x20(%rsp)")).toBe(false);
    expect(isAlignedMove("vmovaps %xmm6,0x20(%rsp)")).toBe(false);
  });
});

describe("the linker's map", () => {
  it("tells where the code of an object lies, with its name on the line or before it", () => {
    const map = [
      " .text          0x0000000000004d20     0x1234 CMakeFiles/downhill.dir/native/kernels/avx2.cc.o",
      " .text._ZN8downhill12_GLOBAL__N_14gemvEv",
      "                0x0000000000006000       0x10 objects.a(avx2.cc.obj)",
      " .text          0x0000000000007000       0x20 baseline.cc.o",
      " .rodata        0x0000000000008000       0x20 avx2.cc.o",
      " *fill*         0x0000000000005f54        0xc ",
    ].join("\n");
    expect(codeRanges(map, (path) => path.includes("avx2"))).toEqual([
      [0x4d20, 0x5f54],
      [0x6000, 0x6010],
    ]);
  });
});
