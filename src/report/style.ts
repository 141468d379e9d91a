import { DARK, LIGHT, layerColours } from "./palette.ts";

/** The style sheet of a report on a network with so many layers. */
export function styleSheet(layers: number): string {
  const { light, dark } = layerColours(layers);
  return `:root { color-scheme: light dark; ${variables(LIGHT, light)} }
@media screen and (prefers-color-scheme: dark) { :root { ${variables(DARK, dark)} } }
${RULES}`;
}

function variables(colours: Readonly<Record<string, string>>, depths: readonly string[]): string {
  const named = [...Object.entries(colours), ...depths.map((colour, layer) => [`layer-${layer}`, colour] as const)];
  return named.map(([name, colour]) => `--${name}: ${colour};`).join(" ");
}

const RULES = `
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums lining-nums;
  overflow-wrap: break-word;
}
main { max-width: 1040px; margin: 0 auto; padding: 72px 40px 96px; }
h1, h2, h3 { line-height: 1.2; margin: 0; text-wrap: balance; overflow-wrap: anywhere; }
h1, h2, .lede, .figures b { font-family: Charter, "Bitstream Charter", "Iowan Old Style", "Source Serif 4", Georgia, "Liberation Serif", serif; }
h1 { font-size: 42px; font-weight: 700; letter-spacing: -0.015em; }
h2 { font-size: 23px; font-weight: 700; letter-spacing: -0.005em; }
h3 { font-size: 14px; font-weight: 650; margin: 0 0 6px; }
h3 small { font-weight: 400; font-size: 13px; color: var(--quiet); margin-left: 4px; }
p { margin: 0; }
.lede { font-size: 21px; line-height: 1.45; margin-top: 14px; max-width: 38em; text-wrap: pretty; }
code, pre { font: 0.88em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
pre { margin: 0; padding: 14px 16px; background: var(--faint); border-radius: 4px; white-space: pre-wrap; overflow-wrap: anywhere; }
pre code { font-size: 13px; }
.note { font-size: 13px; color: var(--quiet); max-width: 46em; }

.figures { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 28px 24px; margin: 44px 0 0; padding: 22px 0 0; border-top: 2px solid var(--ink); }
.figures dt { font-size: 13px; color: var(--quiet); }
.figures dd { margin: 0; }
.figures b { display: block; font-size: 30px; line-height: 1.2; font-weight: 400; letter-spacing: -0.01em; white-space: nowrap; }
.figures small { display: block; font-size: 12.5px; line-height: 1.4; color: var(--quiet); margin-top: 2px; }

section { display: grid; grid-template-columns: 248px minmax(0, 1fr); gap: 12px 48px; margin-top: 56px; padding-top: 20px; border-top: 1px solid var(--line); }
section > header p { font-size: 13.5px; line-height: 1.55; color: var(--quiet); margin-top: 10px; text-wrap: pretty; }
section > .figure { min-width: 0; padding-top: 3px; }
.missing .figure p { color: var(--quiet); max-width: 40em; }
.missing .figure b { color: var(--ink); }
.figure > * + h3, .figure > * + dl, .figure > * + .note { margin-top: 28px; }
.figure > .plot + .note { margin-top: 8px; }
.figure > h3 + dl { margin-top: 0; }
.figure > dl + h3, .figure > pre + h3, .figure > table + h3, .figure > img + h3 { margin-top: 32px; }

.plot { line-height: 0; }
.plot.narrow { display: none; }
svg.chart { display: block; max-width: 100%; height: auto; overflow: visible; background: none; font-variant-numeric: tabular-nums; }
svg.chart text { white-space: pre; }
.multiples { display: grid; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); gap: 28px 32px; }
.single { max-width: 440px; }
figure { margin: 0; min-width: 0; break-inside: avoid; }
.multiples svg.chart, .single svg.chart { width: 100%; }
figcaption { font-size: 12.5px; color: var(--quiet); }
figcaption strong { color: var(--validation); }
img.matrix { display: block; width: min(100%, 480px); aspect-ratio: 1; image-rendering: pixelated; background: var(--faint); border: 1px solid var(--line); }

table { border-collapse: collapse; width: 100%; font-size: 14px; line-height: 1.4; }
th { font-weight: 400; font-size: 12.5px; color: var(--quiet); text-align: left; vertical-align: bottom; padding: 0 12px 6px 0; border-bottom: 1px solid var(--line); }
td { padding: 6px 12px 6px 0; vertical-align: top; border-bottom: 1px solid var(--grid); overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
th.number, td.number { text-align: right; white-space: nowrap; }
th.number + .text, td.number + .text { padding-left: 12px; }
tr { break-inside: avoid; }
thead { display: table-header-group; }
.bar { display: inline-block; min-width: 76px; padding: 0 4px; background: linear-gradient(to left, var(--bar) var(--length), transparent 0); }
.inputs { font-size: 12.5px; line-height: 1.6; }
.inputs > span { display: inline-block; margin-right: 10px; }
.inputs i { font-style: normal; color: var(--quiet); }
.facts { margin: 0; font-size: 14px; }
.facts > div { display: grid; grid-template-columns: minmax(0, 14em) minmax(0, 1fr); gap: 16px; padding: 5px 0; border-bottom: 1px solid var(--grid); break-inside: avoid; }
.facts dt { color: var(--quiet); }
.facts dt, .facts dd { overflow-wrap: anywhere; }
.facts dd { margin: 0; }

.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(84px, 1fr)); gap: 22px 18px; list-style: none; margin: 0; padding: 0; font-size: 13px; line-height: 1.35; }
.pictures li { break-inside: avoid; overflow-wrap: anywhere; }
.pictures img { display: block; width: 100%; image-rendering: pixelated; margin-bottom: 6px; border: 1px solid var(--grid); }
.pictures small { display: block; color: var(--quiet); font-size: 12px; }
.wrong { color: var(--validation); }
.findings { list-style: none; margin: 0; padding: 0; }
.findings li { padding: 0 0 0 16px; border-left: 3px solid var(--validation); max-width: 42em; }
.findings li + li { margin-top: 20px; }
.findings code { color: var(--validation); }
.good { color: var(--good); }
footer { margin-top: 64px; padding-top: 16px; border-top: 1px solid var(--line); font-size: 12.5px; color: var(--quiet); }

@media screen and (prefers-color-scheme: dark) { img.ink { filter: invert(1); border-color: #d5d0c8; } }
@media screen and (max-width: 900px) {
  section { grid-template-columns: minmax(0, 1fr); }
  section > header p { max-width: 44em; }
  .figure { margin-top: 10px; }
}
@media screen and (max-width: 719px) {
  main { padding: 36px 20px 64px; }
  h1 { font-size: 30px; }
  .lede { font-size: 18px; }
  .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); margin-top: 32px; }
  .figures b { font-size: 26px; }
  section { margin-top: 44px; }
  .plot.wide { display: none; }
  .plot.narrow { display: block; }
  table { font-size: 13px; }
  th, td { padding-right: 8px; }
  .bar { min-width: 0; }
  .facts > div { grid-template-columns: minmax(0, 9em) minmax(0, 1fr); }
}
@media screen and (max-width: 359px) {
  main { padding-left: 12px; padding-right: 12px; }
  th { font-size: 11.5px; }
  th, td { padding-right: 5px; }
}
@media print {
  @page { margin: 16mm 14mm; }
  :root { --paper: #ffffff; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h1 { font-size: 26pt; }
  .figures { grid-template-columns: repeat(4, 1fr); }
  section { display: block; margin-top: 28pt; }
  section > header { break-inside: avoid; break-after: avoid; padding-bottom: 12pt; }
  section > .figure { padding: 0; }
  section > header p { max-width: 46em; }
  h2, h3 { break-after: avoid; }
  .plot, pre, img { break-inside: avoid; }
  #confusion .plot, img.matrix { max-width: 130mm; }
  .multiples { grid-template-columns: repeat(2, 1fr); }
  .pictures { grid-template-columns: repeat(8, 1fr); }
}
`;
