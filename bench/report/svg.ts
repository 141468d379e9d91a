/** A small writer of SVG: elements as text, everything escaped. */

type Attributes = Readonly<Record<string, string | number>>;

/** One element with what is inside it. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(shortNumber(value))}"`);
  const start = `<${name}${written.join("")}`;
  return children.length === 0 ? `${start}/>` : `${start}>${children.join("")}</${name}>`;
}

/** Text with its left (`start`), right (`end`) or middle at a point on the line that it stands on. */
export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escaped(content));
}

/** A document of a size in pixels. */
export function svgDocument(width: number, height: number, title: string, children: readonly string[]): string {
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "font-family": "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif",
    "font-size": 12,
  };
  return `${element("svg", attributes, `\n${element("title", {}, escaped(title))}\n`, children.join("\n"), "\n")}\n`;
}

/** A tenth of a pixel is never seen. */
function shortNumber(value: string | number): string {
  return typeof value === "number" ? String(Math.round(value * 10) / 10) : value;
}

function escaped(content: string): string {
  return content.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
