const LIGHT = `
  --page: #fcfcfb; --card: #ffffff; --ink: #1c1e21; --soft: #5d636b; --line: #e2e4e7;
  --accent: #0b62a8; --bar: #b9c4cf; --bar-bound: transparent; --bound: #1c1e21; --reference: #c9ced4;
  --series-1: #0072b2; --series-2: #c84e00; --series-3: #00805d; --series-4: #b0508c; --series-5: #a87400; --series-6: #5b5bd0;`;

const DARK = `
  --page: #14161a; --card: #1b1e23; --ink: #e9ebee; --soft: #a2a9b2; --line: #31363d;
  --accent: #6db3ef; --bar: #4a535d; --bar-bound: transparent; --bound: #e9ebee; --reference: #545b64;
  --series-1: #58b0ea; --series-2: #ff9350; --series-3: #3fcf9f; --series-4: #ec8fc6; --series-5: #e9b93c; --series-6: #a3a3ff;`;

/** The style sheet of the page: light and dark by the reader's preference. Series colors are told apart with any color vision. */
export const STYLE = `
:root { color-scheme: light dark; ${LIGHT} }
@media (prefers-color-scheme: dark) { :root { ${DARK} } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
main { max-width: 1160px; margin: 0 auto; padding: 40px 20px 80px; }
h1 { font-size: 30px; line-height: 1.2; letter-spacing: -0.015em; margin: 0 0 4px; }
h2 { font-size: 22px; line-height: 1.3; letter-spacing: -0.01em; margin: 56px 0 4px; }
h3 { font-size: 16px; margin: 28px 0 8px; }
p { max-width: 76ch; margin: 8px 0; }
.soft, .note { color: var(--soft); }
.note { font-size: 14px; }
.headline { font-size: 20px; line-height: 1.45; margin: 20px 0 12px; }
.findings { max-width: 76ch; padding-left: 20px; margin: 0; }
.findings li { margin: 4px 0; }
figure { margin: 0; padding: 14px 14px 8px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; min-width: 0; display: flex; flex-direction: column; }
figure.wide { overflow-x: auto; }
figure.wide > svg { min-width: 760px; }
figure > svg { display: block; width: 100%; height: auto; margin-top: auto; overflow: visible; color: var(--ink); }
figure svg text { font-family: inherit; font-variant-numeric: tabular-nums; }
figcaption { font-weight: 600; font-size: 14px; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(310px, 1fr)); gap: 14px; }
.panels figure { max-width: 560px; }
.key { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 6px 0 10px; padding: 0; font-size: 13px; }
.key li { display: inline-flex; align-items: center; gap: 6px; white-space: nowrap; }
.key svg { width: 26px; height: 14px; flex: none; }
details { margin: 16px 0; }
summary { cursor: pointer; font-weight: 600; font-size: 14px; color: var(--accent); }
.scroll { overflow-x: auto; margin-top: 10px; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; width: 100%; }
th, td { padding: 4px 12px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th:first-child { text-align: left; font-weight: 500; }
thead th { color: var(--soft); font-weight: 600; }
tr:last-child > * { border-bottom: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; font-size: 14px; margin: 12px 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; font-size: 13px; white-space: pre-wrap; overflow-wrap: anywhere; }
code { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, monospace; }
@media print { figure { break-inside: avoid; } }
`;
