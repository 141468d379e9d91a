import { type PlotOptions, plot } from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { Html, html } from "./html.ts";

/** Plots as SVG, without a browser. */

const { document } = parseHTML("<!doctype html><html><body></body></html>");

/** The parts of the DOM that are used here; the types of this package's compilation have no DOM. */
interface Drawn {
  readonly outerHTML: string;
  readonly attributes: Iterable<{ readonly name: string; value: string }>;
  querySelectorAll(selector: string): Iterable<Drawn>;
  setAttribute(name: string, value: string): void;
  remove(): void;
}

/** In the pixels of the plot, as its letters are not scaled: one for desktops and paper, one for phones. */
const WIDTHS = { wide: 640, narrow: 340 } as const;

/** How wide a plot is, and whether that is little. */
export interface Frame {
  readonly width: number;
  readonly isNarrow: boolean;
}

/** A plot that is drawn for wide and for narrow pages; style sheets show one of them. */
export function drawn(label: string, optionsFor: (frame: Frame) => PlotOptions): Html {
  const { wide, narrow } = WIDTHS;
  return html`<div class="plot wide">${svgOf(label, { ...optionsFor({ width: wide, isNarrow: false }), width: wide })}</div>
<div class="plot narrow">${svgOf(label, { ...optionsFor({ width: narrow, isNarrow: true }), width: narrow })}</div>`;
}

/** @param label - what a screen reader says */
export function svgOf(label: string, options: PlotOptions): Html {
  const svg = plot({
    ...options,
    document: document as never,
    className: "chart",
    style: { fontSize: "12px", fontFamily: "inherit" },
  }) as unknown as Drawn;
  // The page has the styles of all of them.
  for (const style of svg.querySelectorAll("style")) style.remove();
  for (const element of svg.querySelectorAll("*")) roundNumbers(element);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  return new Html(svg.outerHTML);
}

const PLACES = ["d", "transform", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height"];

/** A hundredth of a pixel is not to be seen. */
function roundNumbers(element: Drawn): void {
  for (const attribute of element.attributes) {
    if (!PLACES.includes(attribute.name)) continue;
    attribute.value = attribute.value.replace(/-?\d+\.\d{3,}(e-\d+)?/g, (text) =>
      String(Number(Number(text).toFixed(2))),
    );
  }
}
