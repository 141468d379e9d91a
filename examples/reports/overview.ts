/** A report as the overview shows it. */
export interface Shown {
  /** Beside the overview. */
  readonly file: string;
  readonly title: string;
  readonly result: string;
}

/** A page with the reports side by side, each in a frame of its own. */
export function overviewPage(reports: readonly Shown[]): string {
  const parts = reports.map(
    ({ file, title, result }) => `<section>
<h2><a href="${file}">${title}</a></h2>
<p>${result}</p>
<iframe src="${file}" title="${title}"></iframe>
</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Reports</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<h1>Three trainings</h1>
<main>
${parts.join("\n")}
</main>
</body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; --paper: #f3f1ec; --ink: #1d2129; --quiet: #5c6370; --line: #d5d2ca; }
@media (prefers-color-scheme: dark) { :root { --paper: #0e1013; --ink: #e8e6e1; --quiet: #a3a8b2; --line: #33383f; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 40px 32px; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1, h2 { font-family: Charter, "Iowan Old Style", Georgia, "Liberation Serif", serif; line-height: 1.2; margin: 0; }
h1 { font-size: 32px; margin-bottom: 28px; }
h2 { font-size: 20px; }
a { color: inherit; text-decoration-thickness: 1px; text-underline-offset: 3px; }
p { color: var(--quiet); margin: 6px 0 14px; }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 390px), 1fr)); gap: 32px 24px; }
section { display: grid; grid-template-rows: subgrid; grid-row: span 3; gap: 0; min-width: 0; }
iframe { width: 100%; height: 78vh; min-height: 520px; border: 1px solid var(--line); border-radius: 4px; }
`;
