import type { Comparison } from '../../experiment/result.ts';
import { findings } from '../findings.ts';
import { runsByMap } from '../runs-of-map.ts';
import type { RunsOfMap } from '../runs-of-map.ts';
import { formatBytes, formatCount, formatRatio } from '../units.ts';
import { bytesPlot } from './bytes-plot.ts';
import { escapeHtml } from './escape.ts';
import { liveSection } from './live-section.ts';
import { mapSection } from './map-section.ts';
import { STYLE } from './style.ts';

const TIMES = `
Times are not: each strategy ran in a thread of its own, nothing beside it, and the median of its replays counts.`;

/** A comparison as one page that opens offline: plots are SVG inside it, and it loads nothing and runs no script. */
export function htmlPage(comparison: Comparison): string {
  const { trace } = comparison;
  const groups = runsByMap(comparison);
  const [headline, ...others] = findings(comparison).map(escapeHtml);
  const title = `Cache strategies for disk image metadata, on ${escapeHtml(trace.name)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="soft">${formatCount(trace.requests)} requests, ${formatRatio(trace.reads / trace.requests)} reads, over ${formatBytes(trace.span)} of disk.
Each request looks up the metadata tables that map it; a look-up that misses loads one table.</p>
<p class="headline">${headline}</p>
<ul class="findings">${others.map((sentence) => `<li>${sentence}</li>`).join('')}</ul>
${groups.map(mapSection).join('')}
${groups.some((group) => group.sizes.length > 1) ? bytesSection(groups) : ''}
${liveSection(comparison)}
${aboutSection(comparison)}
</main>
</body>
</html>
`;
}

function bytesSection(groups: readonly RunsOfMap[]): string {
  const several = groups.length > 1;
  return `<h2>Bytes loaded${several ? ' at equal memory' : ''}</h2>
<p>${several ? 'The same cache memory holds many small tables or few large ones. ' : ''}The line is ${escapeHtml(groups[0]!.reference ?? 'the bound')},
the band reaches from the best to the worst strategy, dashes are Belady\u2019s bound, dots an unlimited cache.</p>
${bytesPlot(groups)}`;
}

function aboutSection({ trace, runs, environment, command }: Comparison): string {
  const ignored = Object.entries(trace.ignored).map(
    ([what, count]) => `${formatCount(count)} ${what}`,
  );
  const timed = runs.some((run) => run.nsPerAccess !== null);
  const facts: [string, string][] = [
    ['file', `${trace.name} (${trace.format})`],
    ['SHA-256', trace.sha256],
    [
      'requests',
      `${formatCount(trace.reads)} reads, ${formatCount(trace.writes)} writes, ${formatCount(trace.discards)} discards` +
        `; ${formatBytes(trace.bytes)} in all`,
    ],
    ['devices', formatCount(trace.devices)],
    ['address space', formatBytes(trace.span)],
    ['not replayed', ignored.length === 0 ? 'nothing' : ignored.join(', ')],
    [
      'machine',
      `${environment.cpu}, ${environment.cpus} processors (load ${environment.load}), ${environment.platform}, Node ${environment.node}`,
    ],
  ];
  return `<h2>The trace, the method, and how to repeat it</h2>
<dl>${facts.map(([term, text]) => `<dt>${term}</dt><dd>${escapeHtml(text)}</dd>`).join('')}</dl>
<p>A request touches the tables floor(offset / span) to floor((offset + length \u2212 1) / span), in order. Every cache starts empty, loads on
demand and holds equal tables; every look-up is counted, the first ones too. Belady\u2019s bound evicts the table that is needed again last,
which only one who knows the future can do; an unlimited cache misses each table once. Counts are exact and the same on every machine.${timed ? TIMES : ''}</p>
<pre><code>${escapeHtml(command)}</code></pre>`;
}
