import type { Dataset } from "downhill";
import type { DigitImages, digits, generateDigits, PIXELS, SeededRandom, SIDE } from "downhill/digits";
import { same } from "./same.mjs";

same<typeof digits, () => { readonly train: Dataset; readonly test: Dataset }>();
same<typeof generateDigits, (count: number, seed: number) => DigitImages>();
same<DigitImages, { readonly images: Uint8Array; readonly labels: Uint8Array }>();
same<[typeof SIDE, typeof PIXELS], [28, number]>();
same<ReturnType<SeededRandom["uint32"]>, number>();
