/**
 * What a check can find, how bad it is, and what a repair does about it. The words are API.
 * @module
 */

/** `corruption`: data is lost or at risk. `leak`: space is lost, nothing else. `notice`: legal, and worth knowing. */
export type Severity = 'corruption' | 'leak' | 'notice';

const NONE = 'nothing: restore the image from a copy';
const RECOUNT = "repair 'all' writes all refcounts anew, at a free place";
const DROP = "repair 'all' makes the cluster read as zeros";

/** Severity and repair of every code. */
export const FINDINGS = {
  // The header.
  dirty: [
    'notice',
    "refcounts may be stale: repair 'all' counts anew and clears the bit once the image is clean",
  ],
  'marked-corrupt': ['notice', "repair 'all' clears the bit once the image is clean"],
  'bitmaps-stale': ['notice', 'nothing: a program that uses bitmaps drops them'],
  // L1 tables.
  'l1-out-of-file': ['corruption', "repair 'all' moves what is left of the table into the file"],
  'l1-entry-unaligned': [
    'corruption',
    "repair 'all' takes the orphaned table of that cluster if there is one, and unmaps the range otherwise",
  ],
  'l1-entry-out-of-file': ['corruption', "repair 'all' unmaps the range"],
  'l1-entry-reserved-bits': ['corruption', "repair 'all' clears the bits"],
  'l1-copied-set': ['corruption', "repair 'all' clears the flag"],
  'l1-copied-missing': ['corruption', "repair 'all', or 'leaks', sets the flag"],
  // L2 tables.
  'l2-entry-unaligned': [
    'corruption',
    "repair 'all' takes the orphaned cluster there if there is one; otherwise the cluster reads as zeros",
  ],
  'l2-entry-out-of-file': ['corruption', DROP],
  'l2-entry-reserved-bits': ['corruption', "repair 'all' clears the bits"],
  'l2-compressed-copied': ['corruption', "repair 'all' clears the flag"],
  'l2-compressed-out-of-file': ['corruption', DROP],
  'l2-compressed-with-data-file': ['corruption', DROP],
  'l2-data-file-offset': [
    'corruption',
    "repair 'all' maps the cluster to its place in the data file",
  ],
  'l2-subclusters-contradict': [
    'corruption',
    "repair 'all' keeps stored subclusters, and makes those without a place read as zeros",
  ],
  'l2-copied-set': ['corruption', "repair 'all' clears the flag"],
  'l2-copied-missing': ['corruption', "repair 'all', or 'leaks', sets the flag"],
  // Refcounts.
  'refcount-too-low': ['corruption', "repair 'all' raises the count"],
  'refcount-too-high': ['leak', "repair 'leaks' or 'all' lowers the count"],
  'refcount-past-end': ['leak', "repair 'leaks' or 'all' sets the count to 0"],
  'refcount-table-missing': ['corruption', RECOUNT],
  'refcount-table-out-of-file': ['corruption', RECOUNT],
  'refcount-table-reserved-bits': ['corruption', RECOUNT],
  'refcount-block-unaligned': ['corruption', RECOUNT],
  'refcount-block-out-of-file': ['corruption', RECOUNT],
  'refcount-block-shared': ['corruption', RECOUNT],
  // Where two structures claim the same cluster.
  overlap: [
    'corruption',
    "repair 'all' moves refcounts, and guest data that shares a cluster with metadata, to free places; it cannot tell two other structures apart",
  ],
  'too-many-references': ['corruption', NONE],
  // Snapshots.
  'snapshot-table-short': ['corruption', "repair 'all' keeps the snapshots that are there"],
  'snapshot-unreadable': ['corruption', "repair 'all' drops the snapshot"],
  // Bitmaps.
  'bitmap-directory-unreadable': ['corruption', "repair 'all' gives up the bitmaps"],
  'bitmap-table-out-of-file': ['corruption', "repair 'all' gives up the bitmaps"],
  'bitmap-entry-invalid': ['corruption', "repair 'all' gives up the bitmaps"],
  // Encryption.
  'luks-out-of-file': ['corruption', NONE],
  // The host.
  unreadable: ['corruption', 'nothing: the file could not be read there'],
} as const satisfies Record<string, readonly [Severity, string]>;

/** A word for what was found; stable. */
export type FindingCode = keyof typeof FINDINGS;
