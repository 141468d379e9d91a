import { type Content, type Html, html } from "./html.ts";

/** A part of the report: its name and what there is to say stand beside what there is to see. */
export function section(id: string, title: string, words: readonly Content[], figure: Content): Html {
  return html`
<section id="${id}">
<header><h2>${title}</h2>${words.map((paragraph) => (paragraph === undefined ? undefined : html`<p>${paragraph}</p>`))}</header>
<div class="figure">${figure}</div>
</section>`;
}

/** Says why there is nothing to see, and how to get it. */
export function missing(id: string, title: string, words: Content): Html {
  return html`
<section id="${id}" class="missing">
<header><h2>${title}</h2></header>
<div class="figure"><p>${words}</p></div>
</section>`;
}

/** A table with its head; cells of numbers are told by the class of their column. */
export function table(
  columns: readonly { readonly name: Content; readonly isNumber?: boolean }[],
  rows: readonly (readonly Content[])[],
): Html {
  const classOf = (c: number) => (columns[c].isNumber ? "number" : "text");
  return html`<table>
<thead><tr>${columns.map(({ name }, c) => html`<th class="${classOf(c)}" scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, c) => html`<td class="${classOf(c)}">${cell}</td>`)}</tr>\n`)}</tbody>
</table>`;
}

/** Names and what belongs to each. */
export function facts(pairs: readonly (readonly [name: Content, value: Content])[]): Html {
  return html`<dl class="facts">${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`;
}
