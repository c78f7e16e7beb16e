/** What a check can find. The words are API. */
export type FindingCode =
  | 'l1-entry-out-of-place'
  | 'table-unaligned'
  | 'l2-entry-invalid'
  | 'l2-entry-out-of-file'
  | 'compressed-empty'
  | 'compressed-out-of-file'
  | 'overlap'
  | 'behind-the-disk'
  | 'leak';

/** `corruption`: data is lost or at risk. `leak`: space is lost, nothing else. `notice`: legal, and worth knowing. */
export type Severity = 'corruption' | 'leak' | 'notice';

/** How bad each finding is, and what it means. */
export const FINDINGS: Readonly<Record<FindingCode, readonly [Severity, string]>> = {
  'l1-entry-out-of-place': [
    'corruption',
    'an L1 entry names an L2 table over the header or the L1 table, or not in the file: what it maps cannot be read',
  ],
  'table-unaligned': [
    'notice',
    'a table does not begin at a multiple of 8: its entries may tear, and the image is opened for reading only',
  ],
  'l2-entry-invalid': [
    'corruption',
    'an L2 entry is no multiple of 512, or above 2^53: the cluster cannot be read',
  ],
  'l2-entry-out-of-file': [
    'corruption',
    'an L2 entry names a cluster that does not begin in the file: its bytes were never written, or are cut off',
  ],
  'compressed-empty': ['corruption', 'a compressed cluster has no bytes'],
  'compressed-out-of-file': [
    'corruption',
    'a compressed cluster does not end in the file: it cannot be inflated',
  ],
  overlap: [
    'corruption',
    'two structures share bytes of the file: a write to one of them changes the other',
  ],
  'behind-the-disk': ['notice', 'an entry maps guest bytes behind the end of the disk'],
  leak: ['leak', 'clusters that nothing names: convert the image to get the space back'],
};

/** One thing that a check found. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** Where in the image file, bytes: of the entry; of the shared bytes; of the first leaked cluster. */
  readonly offset: number;
  /** What it means, and what the image has there. */
  readonly message: string;
  /** Clusters that a leak covers. */
  readonly clusters?: number;
}

/** Collects findings: counts all of them, keeps the first ones. */
export class Findings {
  readonly kept: Finding[] = [];
  omitted = 0;
  corruptions = 0;
  /** Clusters. */
  leaks = 0;
  notices = 0;
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  /** Takes in a finding. `detail` says what the image has there. */
  add(code: FindingCode, offset: number, detail: () => string, clusters?: number): void {
    const [severity, meaning] = FINDINGS[code];
    if (severity === 'corruption') this.corruptions++;
    else if (severity === 'leak') this.leaks += clusters ?? 1;
    else this.notices++;
    if (this.kept.length >= this.most) {
      this.omitted++;
      return;
    }
    const message = `${meaning} (${detail()})`;
    const finding = { code, severity, offset, message };
    this.kept.push(clusters === undefined ? finding : { ...finding, clusters });
  }
}
