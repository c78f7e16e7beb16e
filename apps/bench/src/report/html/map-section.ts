import type { Run } from '../../experiment/result.ts';
import { runAt } from '../runs-of-map.ts';
import type { RunsOfMap } from '../runs-of-map.ts';
import { formatBytes, formatCount, formatTick } from '../units.ts';
import { escapeHtml } from './escape.ts';
import { numberTable } from './number-tables.ts';
import { panelPlots } from './panel-plot.ts';
import { rankingPlot } from './ranking-plot.ts';

/** Where the panels of relative misses end, so that one bad strategy does not flatten the others. */
const MOST_SHOWN = 0.5;

/** One mapping: the ranking at its telling size, the curves when there are several sizes, and the exact numbers. */
export function mapSection(group: RunsOfMap): string {
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
${several ? missPlots(group) + relativePlots(group) + (timed ? timePlots(group) : '') : ''}
${numberTable(group)}`;
}

function missPlots(group: RunsOfMap): string {
  return `<h3>Miss ratio against cache size</h3>
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
})}`;
}

function relativePlots(group: RunsOfMap): string {
  const reference = group.reference;
  if (reference === undefined) return '';
  const relative = (run: Run): number | undefined => {
    const same = runAt(group, reference, run.tables);
    return same && run.misses / same.misses - 1;
  };
  const some = group.runs.some((run) => (relative(run) ?? 0) > MOST_SHOWN);
  const above = group.strategies.filter((strategy) =>
    group.runs.every((run) => run.strategy !== strategy || (relative(run) ?? 0) > MOST_SHOWN),
  );
  return `<h3>Misses more or fewer than ${escapeHtml(reference)}</h3>
${panelPlots(group, {
  what: `Misses against ${reference}, ${group.map}`,
  y: { tickFormat: formatTick, label: `\u2191 misses against ${reference}` },
  most: MOST_SHOWN,
  value: relative,
  bound: true,
})}
${cutNote(above, some)}`;
}

function cutNote(above: readonly string[], some: boolean): string {
  if (!some) return '';
  const always = above.length > 0 ? `; all the way there: ${escapeHtml(above.join(', '))}` : '';
  return `<p class="note">A line that leaves its panel at the top goes on above +${MOST_SHOWN * 100}%${always}.</p>`;
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
