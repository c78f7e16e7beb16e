import type { Comparison, Run } from '../experiment/result.ts';
import { bareTable } from './bare-table.ts';
import { findings } from './findings.ts';
import { liveTables } from './live-table.ts';
import type { RunsOfMap } from './runs-of-map.ts';
import { runAt, runsByMap } from './runs-of-map.ts';
import { formatBytes, formatChange, formatCount, formatNs, formatRatio } from './units.ts';
import { wrapped } from './wrapped.ts';

/** Sizes side by side in one table, so that it stays below 100 columns. */
const SIZES_ACROSS = 8;

/** A comparison as text for a terminal: the trace, two tables for each mapping, what they say. Ends in a line break. */
export function terminalReport(comparison: Comparison): string {
  const { trace } = comparison;
  const lines = [
    `${trace.name} (${trace.format}): ${formatCount(trace.requests)} requests, ` +
      `${formatRatio(trace.reads / trace.requests)} reads, ${formatBytes(trace.span)} of disk` +
      (trace.devices > 1 ? `, ${trace.devices} devices` : ''),
  ];
  for (const group of runsByMap(comparison)) {
    lines.push(
      '',
      `${group.map}: one table of ${formatBytes(group.tableBytes)} maps ${formatBytes(group.span)}; ` +
        `${formatCount(group.accesses)} look-ups of ${formatCount(group.unlimited.misses)} tables`,
    );
    if (group.sizes.length > 1) lines.push('', ...missRatios(group));
    lines.push('', ...detail(group));
  }
  lines.push(...liveTables(comparison));
  lines.push('', ...findings(comparison).flatMap((sentence) => wrapped(sentence, 96, '- ')));
  return `${lines.join('\n')}\n`;
}

function missRatios(group: RunsOfMap): string[] {
  const lines: string[] = [];
  for (let at = 0; at < group.sizes.length; at += SIZES_ACROSS) {
    const sizes = group.sizes.slice(at, at + SIZES_ACROSS);
    const table = bareTable(['miss ratio, tables:', ...sizes.map(formatCount)]);
    for (const strategy of group.strategies) {
      const cells = sizes.map((tables) => ratioOf(runAt(group, strategy, tables)));
      table.push([strategy, ...cells]);
    }
    const cold = formatRatio(group.unlimited.misses / group.accesses);
    table.push(['unlimited', ...sizes.map(() => cold)]);
    if (at > 0) lines.push('');
    lines.push(table.toString());
  }
  return lines;
}

function detail(group: RunsOfMap): string[] {
  const size = group.tellingSize;
  const timed = group.runs.some((run) => run.nsPerAccess !== null);
  const reference = group.reference && runAt(group, group.reference, size);
  const head = [`with ${formatCount(size)} tables`, 'misses', 'ratio'];
  if (reference) head.push(`vs ${reference.strategy}`);
  head.push('loaded', 'evictions', 'probes/access');
  if (timed) head.push('time/access');
  const table = bareTable(head);
  const shown = group.strategies.map((strategy) => runAt(group, strategy, size));
  for (const run of shown.filter((each) => each !== undefined)) {
    const row = [run.strategy, formatCount(run.misses), ratioOf(run)];
    if (reference) row.push(formatChange(run.misses, reference.misses));
    row.push(
      formatBytes(run.bytesLoaded),
      formatCount(run.evictions),
      (run.probes / run.accesses).toFixed(1),
    );
    if (run.nsPerAccess !== null) row.push(formatNs(run.nsPerAccess));
    table.push(row);
  }
  const { misses, bytesLoaded } = group.unlimited;
  const last = ['unlimited', formatCount(misses), formatRatio(misses / group.accesses)];
  if (reference) last.push(formatChange(misses, reference.misses));
  last.push(formatBytes(bytesLoaded), '0', '');
  if (timed) last.push('');
  table.push(last);
  return [table.toString()];
}

const ratioOf = (run: Run | undefined): string =>
  run ? formatRatio(run.misses / run.accesses) : '';
