import { run, type BlockDevice } from '@q/block';
import { withDefaultLimits, type FormatLimits } from '@q/format';
import { FINDINGS_KEPT, type Finding } from './findings.ts';
import { repairAll, repairLeaks } from './repair.ts';
import { survey, type Survey } from './survey.ts';

/** How an image is checked. */
export interface CheckOptions {
  /** Mend what was found, too. Default: look only. `leaks` gives back lost space, `all` mends what can be mended. */
  readonly repair?: 'leaks' | 'all';
  /** The largest structures that are accepted. Defaults: `FORMAT_LIMITS_DEFAULTS`. */
  readonly limits?: Partial<FormatLimits>;
  /** Findings to keep in the report; all are counted. Default 1000. */
  readonly findings?: number;
  /** Called now and then: clusters of metadata that were looked at, and how many are known so far. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a check found. The fields that `qemu-img check --output=json` has mean the same. */
export interface CheckReport {
  /** Findings that mean lost or endangered data; after a repair those that remain. */
  readonly corruptions: number;
  /** Findings that mean lost space; after a repair those that remain. */
  readonly leaks: number;
  readonly corruptionsFixed: number;
  readonly leaksFixed: number;
  /** Parts of the image that the host could not read. Absent: none. */
  readonly checkErrors?: number;
  /** Bytes behind which the file has nothing of the image. */
  readonly imageEndOffset: number;
  /** Clusters of the guest's disk. */
  readonly totalClusters: number;
  /** Those that have a place in the file (or data file), compressed ones included. */
  readonly allocatedClusters: number;
  readonly compressedClusters: number;
  /** Those that do not lie behind their predecessor. */
  readonly fragmentedClusters: number;
  /** The first findings, of all severities; of a repair, those from before it. */
  readonly findings: readonly Finding[];
  /** Findings that are counted, and not in `findings`. */
  readonly findingsOmitted: number;
  /** After a repair that did something: the first findings that remain. */
  readonly remaining?: readonly Finding[];
}

/**
 * Checks the structure of a QCOW2 image: everything that names a cluster is counted and compared with the refcounts and flags in the
 * image. Works on the image's file, so also on images that `open` refuses. Nobody else may write to it meanwhile.
 *
 * Memory: about a byte for each cluster of the file and one for each that holds an L2 table; never what a header claims.
 *
 * @throws ImageError `not-this-format`, `unsupported`, `corrupt` or `limit` for a header that cannot be read; `read-only` when a repair is due and
 * the file is not to be written; `io`, `no-space`
 */
export async function check(file: BlockDevice, options: CheckOptions = {}): Promise<CheckReport> {
  const { onProgress, findings = FINDINGS_KEPT, repair } = options;
  const surveyed = { limits: withDefaultLimits(options.limits), findings, onProgress };
  const found = await run(survey(file, surveyed));
  if (repair === undefined) return report(found);
  const mend = repair === 'all' ? repairAll : repairLeaks;
  return report(found, await run(mend(file, found, surveyed)));
}

function report(found: Survey, left: Survey = found): CheckReport {
  const { geometry, cluster, progress, checkErrors } = left;
  progress.finish();
  const fixed = (before: number, after: number): number => Math.max(0, before - after);
  return {
    corruptions: left.findings.corruptions,
    leaks: left.findings.leaks,
    corruptionsFixed: fixed(found.findings.corruptions, left.findings.corruptions),
    leaksFixed: fixed(found.findings.leaks, left.findings.leaks),
    ...(checkErrors > 0 ? { checkErrors } : {}),
    imageEndOffset: (left.lastUsed + 1) * geometry.clusterSize,
    totalClusters: Math.ceil(cluster.header.size / geometry.clusterSize),
    allocatedClusters: left.allocated,
    compressedClusters: left.compressed,
    fragmentedClusters: left.fragmented,
    findings: found.findings.kept,
    findingsOmitted: found.findings.omitted,
    ...(left === found ? {} : { remaining: left.findings.kept }),
  };
}
