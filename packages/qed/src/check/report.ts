/** What a finding is about. Codes are API. */
export type QedFindingCode =
  /** An L1 entry names a place where no table can be. Repaired by emptying the entry. */
  | 'invalid-table'
  /** An L1 entry names clusters that something else uses already. Not repaired, its table is not looked at. */
  | 'shared-table'
  /** An L2 entry names a place where no cluster can be. Repaired by emptying the entry. */
  | 'invalid-cluster'
  /** An L2 entry names a cluster that something else uses already. Not repaired. */
  | 'shared-cluster'
  /** Clusters that nothing uses. Harmless, and never repaired: the format has no way to use them again. */
  | 'leak'
  /** A table could not be read. */
  | 'unreadable-table';

/** One thing a check found. */
export interface QedFinding {
  readonly severity: 'corruption' | 'leak' | 'error';
  readonly code: QedFindingCode;
  /** Byte offset in the file: of the entry, of the first leaked cluster, or of the table. */
  readonly offset: number;
  /** What the entry has; for a leak the number of clusters. */
  readonly found: number;
  /** Guest offset that is affected; undefined for leaks. */
  readonly guest: number | undefined;
  readonly repaired: boolean;
}

/** What a check found in all. */
export interface QedCheckReport {
  /** Entries that break a rule and have not been repaired. */
  readonly corruptions: number;
  /** Entries that were repaired. */
  readonly repaired: number;
  /** Clusters in the file that nothing uses. 0 when there are errors: then nobody knows. */
  readonly leaks: number;
  /** Tables that could not be read. */
  readonly errors: number;
  /** Clusters of the guest's disk. */
  readonly totalClusters: number;
  /** Data clusters. */
  readonly allocatedClusters: number;
  /** Data clusters that do not lie behind the one before them in their table. */
  readonly fragmentedClusters: number;
  /** Clusters of the file, a last one that is not whole included. */
  readonly fileClusters: number;
  /** Whether the image is still marked as one that needs a check. */
  readonly needCheck: boolean;
  /** The first {@link MAX_FINDINGS} findings. The numbers above count all. */
  readonly findings: readonly QedFinding[];
}

/** The most findings that a report lists. */
export const MAX_FINDINGS = 1000;

/** Collects findings and counts them. */
export class Findings {
  readonly list: QedFinding[] = [];
  corruptions = 0;
  repaired = 0;
  errors = 0;
  leaks = 0;

  add(finding: QedFinding): void {
    if (finding.severity === 'leak') this.leaks += finding.found;
    else if (finding.severity === 'error') this.errors++;
    else if (finding.repaired) this.repaired++;
    else this.corruptions++;
    if (this.list.length < MAX_FINDINGS) this.list.push(finding);
  }
}
