/** The look of the page: one column, light or dark as the reader likes it, and fit to print. */

export const style = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1c2024, #e8eaed);
  --soft: light-dark(#5c6570, #9aa3ad);
  --paper: light-dark(#f6f7f9, #121417);
  --card: light-dark(#ffffff, #1b1e23);
  --line: light-dark(#dfe3e8, #2d3239);
  --pass: light-dark(#1a7f4b, #4cc38a);
  --fail: light-dark(#c62f36, #ff6b70);
  --error: light-dark(#9a6700, #e3b341);
  --none: light-dark(#a9b1ba, #555d66);
}
* { box-sizing: border-box; margin: 0; }
body {
  font: 15px/1.55 system-ui, sans-serif;
  color: var(--ink);
  background: var(--paper);
  max-width: 50rem;
  margin: 0 auto;
  padding: 2.5rem 1.25rem 3rem;
}
h1 { font-size: 1.6rem; letter-spacing: -0.01em; }
h2 { font-size: 0.8rem; letter-spacing: 0.08em; text-transform: uppercase; color: var(--soft); margin: 2.2rem 0 0.7rem; }
h3 { font-size: 1rem; font-weight: 600; }
.summary { font-size: 1.1rem; margin: 0.2rem 0 0.8rem; }
.facts, .name, footer { color: var(--soft); font-size: 0.85rem; }
.bar { display: flex; gap: 2px; height: 8px; margin-bottom: 0.8rem; }
.bar span { border-radius: 2px; background: var(--none); }
.bar .pass { background: var(--pass); }
.bar .fail { background: var(--fail); }
.bar .error { background: var(--error); }
article {
  background: var(--card);
  border: 1px solid var(--line);
  border-left: 4px solid var(--none);
  border-radius: 6px;
  padding: 0.9rem 1.1rem 1rem;
  margin-bottom: 0.7rem;
  break-inside: avoid;
}
article.pass { border-left-color: var(--pass); }
article.fail { border-left-color: var(--fail); }
article.error { border-left-color: var(--error); }
.verdict { font-size: 0.75rem; font-weight: 700; margin-right: 0.4rem; color: var(--soft); }
.pass .verdict { color: var(--pass); }
.fail .verdict, .fail .reason { color: var(--fail); }
.error .verdict, .error .reason { color: var(--error); }
.reason { margin-top: 0.5rem; overflow-wrap: anywhere; white-space: pre-wrap; }
.attack { margin-top: 0.5rem; }
dl { display: flex; flex-wrap: wrap; gap: 0.3rem 1.6rem; margin-top: 0.5rem; }
dt { color: var(--soft); font-size: 0.75rem; }
dd { font-variant-numeric: tabular-nums; font-weight: 600; overflow-wrap: anywhere; }
svg { display: block; width: 100%; margin-top: 0.8rem; }
svg text { font-size: 10px; fill: var(--soft); }
svg .done { fill: var(--pass); opacity: 0.75; }
svg .failed { fill: var(--fail); }
svg .fault { stroke: var(--error); stroke-width: 1.5; stroke-dasharray: 3 2; }
svg .axis { stroke: var(--line); }
code {
  display: inline-block;
  font: 0.8rem ui-monospace, monospace;
  background: var(--paper);
  border: 1px solid var(--line);
  border-radius: 4px;
  padding: 0.15rem 0.5rem;
  margin-top: 0.7rem;
}
footer { margin-top: 2.5rem; }
`
