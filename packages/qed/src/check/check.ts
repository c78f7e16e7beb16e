import { ImageError, type BlockDevice } from '@q/block';
import { entryKind, entryOffset, ENTRY_DATA, ENTRY_INVALID, isTableOffset } from '../entry.ts';
import { FEATURE_NEED_CHECK } from '../features.ts';
import type { QedGeometry } from '../geometry.ts';
import { FEATURES_AT, geometryOf } from '../header.ts';
import { readQedHeader } from '../read-header.ts';
import { Findings, type QedCheckReport, type QedFinding } from './report.ts';
import { eachEntry } from './table-entries.ts';
import { UsedClusters } from './used-clusters.ts';

/** How an image is checked. */
export interface QedCheckOptions {
  /**
   * Empty the entries that are invalid. When neither a corruption nor an error is left, the mark that the image needs a check goes too.
   * Default false: nothing is written.
   */
  readonly repair?: boolean;
}

/**
 * Checks the image in `file`: every cluster is used by the L1 table, one L2 table or one L2 entry, once. Do not use it on the file of an image
 * that is open for writing.
 *
 * @throws ImageError `not-this-format`, `corrupt` or `unsupported` for a header that cannot be used; `read-only` for a repair of a file that cannot be written;
 *   `io` when the L1 table cannot be read or a repair cannot be written
 */
export async function checkQed(
  file: BlockDevice,
  options: QedCheckOptions = {},
): Promise<QedCheckReport> {
  const { repair = false } = options;
  if (repair && file.readOnly) {
    throw new ImageError('read-only', 'The file is open for reading only: it cannot be repaired.');
  }
  const { header } = await readQedHeader(file);
  const geometry = geometryOf(header);
  const walk = new Walk(file, geometry, repair);
  await walk.tables(header.l1TableOffset);
  const { findings } = walk;
  const fileClusters = Math.ceil(file.size / geometry.clusterSize);
  if (findings.errors === 0) walk.leaks(fileClusters);
  if (findings.repaired > 0) await file.flush();
  let needCheck = (header.features & FEATURE_NEED_CHECK) !== 0;
  if (repair && needCheck && findings.corruptions === 0 && findings.errors === 0) {
    const bytes = new Uint8Array(8);
    bytes[0] = header.features & ~FEATURE_NEED_CHECK;
    await file.write(bytes, FEATURES_AT);
    await file.flush();
    needCheck = false;
  }
  const { corruptions, repaired, leaks, errors, list } = findings;
  return {
    corruptions,
    repaired,
    leaks,
    errors,
    totalClusters: Math.ceil(header.imageSize / geometry.clusterSize),
    allocatedClusters: walk.allocated,
    fragmentedClusters: walk.fragmented,
    fileClusters,
    needCheck,
    findings: list,
  };
}

/** One walk over all tables of an image. */
class Walk {
  readonly findings = new Findings();
  allocated = 0;
  fragmented = 0;
  private readonly used = new UsedClusters();
  private readonly file: BlockDevice;
  private readonly geometry: QedGeometry;
  private readonly repair: boolean;
  private readonly hostEnd: number;

  constructor(file: BlockDevice, geometry: QedGeometry, repair: boolean) {
    this.file = file;
    this.geometry = geometry;
    this.repair = repair;
    this.hostEnd = Math.floor(file.size / geometry.clusterSize) * geometry.clusterSize;
  }

  async tables(l1: number): Promise<void> {
    const { geometry, used, file } = this;
    const { clusterSize, tableClusters, l2Span } = geometry;
    used.markAll(l1 / clusterSize, tableClusters);
    await eachEntry(file, l1, geometry, async (lo, hi, index) => {
      const table = entryOffset(lo, hi);
      if (table === 0) return;
      const entry = { offset: l1 + index * 8, found: table, guest: index * l2Span };
      if (!isTableOffset(table, geometry, this.hostEnd)) {
        await this.invalid('invalid-table', entry);
      } else if (used.markAll(table / clusterSize, tableClusters)) {
        this.shared('shared-table', entry);
      } else await this.table(table, entry.guest);
    });
  }

  private async table(table: number, guest: number): Promise<void> {
    const { geometry, hostEnd, used } = this;
    const { clusterSize } = geometry;
    let last = 0;
    const visit = (lo: number, hi: number, index: number): void | Promise<void> => {
      const kind = entryKind(lo, hi, geometry, hostEnd);
      if (kind !== ENTRY_DATA && kind !== ENTRY_INVALID) return;
      const found = entryOffset(lo, hi);
      const entry = () => ({
        offset: table + index * 8,
        found,
        guest: guest + index * clusterSize,
      });
      if (kind === ENTRY_INVALID) return this.invalid('invalid-cluster', entry());
      this.allocated++;
      if (last !== 0 && found !== last + clusterSize) this.fragmented++;
      last = found;
      if (used.mark(found / clusterSize)) this.shared('shared-cluster', entry());
    };
    try {
      await eachEntry(this.file, table, geometry, visit);
    } catch (error) {
      if (error instanceof RepairFailed) throw error.cause;
      const where = { offset: table, found: table, guest };
      this.findings.add({ severity: 'error', code: 'unreadable-table', ...where, repaired: false });
    }
  }

  /** Notes an entry that can only be emptied, and empties it when asked to. */
  private async invalid(code: QedFinding['code'], entry: Entry): Promise<void> {
    if (this.repair) {
      try {
        await this.file.write(new Uint8Array(8), entry.offset);
      } catch (error) {
        throw new RepairFailed(error);
      }
    }
    this.findings.add({ severity: 'corruption', code, ...entry, repaired: this.repair });
  }

  private shared(code: QedFinding['code'], entry: Entry): void {
    this.findings.add({ severity: 'corruption', code, ...entry, repaired: false });
  }

  leaks(fileClusters: number): void {
    const { clusterSize, headerBytes } = this.geometry;
    for (const { first, count } of this.used.unused(headerBytes / clusterSize, fileClusters)) {
      const where = { offset: first * clusterSize, found: count, guest: undefined };
      this.findings.add({ severity: 'leak', code: 'leak', ...where, repaired: false });
    }
  }
}

type Entry = Pick<QedFinding, 'offset' | 'found' | 'guest'>;

/** A repair that could not be written, on its way through a walk that goes on after errors of reading. */
class RepairFailed extends Error {
  constructor(cause: unknown) {
    super('a repair could not be written', { cause });
  }
}
