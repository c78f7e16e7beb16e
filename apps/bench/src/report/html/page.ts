import type { Comparison } from '../../experiment/result.ts';
import { findings } from '../findings.ts';
import { runAt, runsByMap } from '../runs-of-map.ts';
import type { RunsOfMap } from '../runs-of-map.ts';
import { formatBytes, formatCount, formatRatio, formatTick } from '../units.ts';
import { bytesPlot } from './bytes-plot.ts';
import { escapeHtml } from './escape.ts';
import { numberTable } from './number-tables.ts';
import { panelPlots } from './panel-plot.ts';
import { rankingPlot } from './ranking-plot.ts';
import { STYLE } from './style.ts';

/** Where the panels of relative misses end, so that one bad strategy does not flatten the others. */
const MOST_SHOWN = 0.5;

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
<h2>Bytes loaded${groups.length > 1 ? ' at equal memory' : ''}</h2>
<p>${groups.length > 1 ? 'The same cache memory holds many small tables or few large ones. ' : ''}The line is ${escapeHtml(groups[0]!.reference ?? 'the bound')}, the band
reaches from the best to the worst strategy, dashes are Belady\u2019s bound, dots an unlimited cache.</p>
${bytesPlot(groups)}
${aboutSection(comparison)}
</main>
</body>
</html>
`;
}

function mapSection(group: RunsOfMap): string {
  const several = group.sizes.length > 1;
  const timed = group.runs.some((run) => run.nsPerAccess !== null);
  const map = escapeHtml(group.map);
  return `
<h2>${map}: tables of ${formatBytes(group.tableBytes)}</h2>
<p>One table maps ${formatBytes(group.span)} of the disk. The trace makes ${formatCount(group.accesses)} look-ups of
${formatCount(group.unlimited.misses)} different tables.</p>
<h3>Misses with ${formatCount(group.tellingSize)} tables (${formatBytes(group.tellingSize * group.tableBytes)})</h3>
<figure class="wide">${rankingPlot(group)}</figure>
${several ? `<p class="note">This is the size at which Belady\u2019s bound leaves ${escapeHtml(group.reference ?? 'the strategies')} most to gain.</p>` : ''}
<h3>Miss ratio against cache size</h3>
${panelPlots(group, {
  what: `Miss ratio against cache size, ${group.map}`,
  y: {
    type: 'log',
    tickFormat: formatTick,
    label: '\u2191 miss ratio',
  },
  value: (run) => run.misses / run.accesses,
  unlimited: group.unlimited.misses / group.accesses,
  bound: true,
})}
${several ? relativePlots(group) : ''}
${timed ? timePlots(group) : ''}
${numberTable(group)}`;
}

function relativePlots(group: RunsOfMap): string {
  const reference = group.reference;
  if (reference === undefined) return '';
  return `<h3>Misses more or fewer than ${escapeHtml(reference)}</h3>
${panelPlots(group, {
  what: `Misses against ${reference}, ${group.map}`,
  y: { tickFormat: formatTick, label: `\u2191 misses against ${reference}` },
  most: MOST_SHOWN,
  value(run) {
    const same = runAt(group, reference, run.tables);
    return same && run.misses / same.misses - 1;
  },
  bound: true,
})}
<p class="note">A line that leaves its panel at the top goes on above +${MOST_SHOWN * 100}%.</p>`;
}

function timePlots(group: RunsOfMap): string {
  return `<h3>Time for one access against cache size</h3>
${panelPlots(group, {
  what: `Time for one access against cache size, ${group.map}`,
  y: { type: 'log', tickFormat: (ns) => `${ns}`, label: '\u2191 ns an access' },
  value: (run) => run.nsPerAccess ?? undefined,
  bound: false,
})}
<p class="note">The decision alone, without loading: look-up, and choice of a victim after a miss. Median of repeated replays in memory.</p>`;
}

function aboutSection({ trace, environment, command }: Comparison): string {
  const ignored = Object.entries(trace.ignored).map(
    ([what, count]) => `${formatCount(count)} ${what}`,
  );
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
which only one who knows the future can do; an unlimited cache misses each table once. Counts are exact and the same on every machine.
Times are not: each strategy ran in a thread of its own, nothing beside it, and the median of its replays counts.</p>
<pre><code>${escapeHtml(command)}</code></pre>`;
}
