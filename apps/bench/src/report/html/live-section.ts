import type { Comparison } from '../../experiment/result.ts';
import type { LiveRun } from '../live-runs.ts';
import { liveMethod, liveRuns, liveSentence } from '../live-runs.ts';
import { formatBytes, formatCount } from '../units.ts';
import { escapeHtml } from './escape.ts';

const HEAD = [
  'strategy',
  'tables',
  'hits',
  'simulated',
  'misses',
  'simulated',
  'evictions',
  'simulated',
  'loaded',
  'write-backs',
  'written',
  'forced flushes',
  'peak pinned',
];

/** What the live driver counted, beside the simulator; nothing when nothing was driven. */
export function liveSection(comparison: Comparison): string {
  const runs = liveRuns(comparison);
  if (runs.length === 0) return '';
  const tables = [...new Set(runs.map((run) => run.map))].map((map) =>
    tableOf(
      map,
      runs.filter((run) => run.map === map),
    ),
  );
  return `<h2>In the live driver</h2>
<p>${escapeHtml(liveSentence(comparison) ?? '')} ${escapeHtml(liveMethod(comparison))}</p>
${tables.join('')}
<p class="note">Written: L2 tables written back when they left the cache or at the last flush. Forced flushes: those that had to be made before a table could be
written, so that no table on disk names clusters whose counts or bytes are not there.</p>`;
}

function tableOf(map: string, runs: readonly LiveRun[]): string {
  const rows = runs.map((run) => {
    const { live } = run;
    const cells = [
      formatCount(run.tables),
      formatCount(live.hits),
      formatCount(run.hits),
      formatCount(live.misses),
      formatCount(run.misses),
      formatCount(live.evictions),
      formatCount(run.evictions),
      formatBytes(live.bytesLoaded),
      formatCount(live.writeBacks),
      formatBytes(live.bytesWritten),
      formatCount(live.forcedFlushes),
      formatCount(live.peakPinned),
    ];
    return `<tr><th scope="row">${escapeHtml(run.strategy)}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  return (
    `<details${runs.length <= 16 ? ' open' : ''}><summary>${escapeHtml(map)}: driver beside simulator, ${formatCount(runs.length)} runs</summary>` +
    `<div class="scroll"><table><thead><tr>${HEAD.map((title) => `<th scope="col">${title}</th>`).join('')}</tr></thead>` +
    `<tbody>${rows.join('')}</tbody></table></div></details>`
  );
}
