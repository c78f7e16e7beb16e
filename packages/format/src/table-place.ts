import { corrupt } from './errors.ts';

/** What a place must agree with. */
export interface TablePlaceRules {
  readonly clusterSize: number;
  /** Length of the image file, bytes; a file may end inside its last cluster. Not known: offsets end at 2^53. */
  readonly fileSize?: number | undefined;
  /** Accept a place over the header or outside of the file. */
  readonly repair?: boolean | undefined;
}

/**
 * Throws `corrupt` unless a table of `length` bytes at `from` is cluster aligned, not over the header, and within the file.
 *
 * @param at where the image says so, bytes, for errors
 * @param subject the field that says so, for errors
 */
export function checkTablePlace(
  from: number,
  length: number,
  at: number | undefined,
  subject: string,
  rules: TablePlaceRules,
): void {
  const { clusterSize, fileSize } = rules;
  const details = { offset: at, subject, found: from };
  if (from % clusterSize !== 0) {
    corrupt(`${subject} is ${from}, not a multiple of the cluster size ${clusterSize}`, details);
  }
  if (length === 0 || rules.repair === true) return;
  if (from === 0) corrupt(`${subject} is 0, over the header`, details);
  const end =
    fileSize === undefined
      ? Number.MAX_SAFE_INTEGER
      : Math.ceil(fileSize / clusterSize) * clusterSize;
  if (length > end - from) {
    corrupt(
      `The table of ${length} bytes at ${from} (${subject}) ends outside of the file`,
      details,
    );
  }
}
