import { requireAddon } from "./native.ts";

// Fails every file of a project that tests a binary if it is not the binary that DOWNHILL_NATIVE_PATH names.
requireAddon();
