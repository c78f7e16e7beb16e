import type { RunsOfMap } from '../runs-of-map.ts';
import { formatBytes, formatCount, formatRatio } from '../units.ts';
import { escapeHtml } from './escape.ts';

/** All runs of a mapping with their exact counts, folded away until it is asked for. */
export function numberTable(group: RunsOfMap): string {
  const timed = group.runs.some((run) => run.nsPerAccess !== null);
  const head = [
    'strategy',
    'tables',
    'cache',
    'hits',
    'misses',
    'miss ratio',
    'evictions',
    'loaded',
  ];
  head.push('bytes loaded', 'probes', 'rotations');
  if (timed) head.push('ns/access', 'quartiles');
  const rows = group.runs.map((run) => {
    const cells = [
      formatCount(run.tables),
      formatBytes(run.tables * run.tableBytes),
      formatCount(run.hits),
      formatCount(run.misses),
      formatRatio(run.misses / run.accesses),
      formatCount(run.evictions),
      formatBytes(run.bytesLoaded),
      formatCount(run.bytesLoaded),
      formatCount(run.probes),
      formatCount(run.rotations),
    ];
    if (run.nsPerAccess !== null) cells.push(run.nsPerAccess.toFixed(2));
    if (run.nsQuartiles !== null) {
      cells.push(run.nsQuartiles.map((ns) => ns.toFixed(2)).join('\u2013'));
    }
    const data = cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('');
    return `<tr><th scope="row">${escapeHtml(run.strategy)}</th>${data}</tr>`;
  });
  const { misses, accesses, bytesLoaded } = group.unlimited;
  rows.push(
    `<tr><th scope="row">unlimited</th><td></td><td></td><td>${formatCount(accesses - misses)}</td><td>${formatCount(misses)}</td>` +
      `<td>${formatRatio(misses / accesses)}</td><td>0</td><td>${formatBytes(bytesLoaded)}</td><td>${formatCount(bytesLoaded)}</td>` +
      `${'<td></td>'.repeat(timed ? 4 : 2)}</tr>`,
  );
  const titles = head.map((title) => `<th scope="col">${escapeHtml(title)}</th>`).join('');
  return (
    `<details><summary>All ${formatCount(group.runs.length)} runs with their exact counts</summary>` +
    `<div class="scroll"><table><thead><tr>${titles}</tr></thead><tbody>${rows.join('')}</tbody></table></div></details>`
  );
}
