import { FINDINGS, type FindingCode, type Severity } from './finding-codes.ts';

/** One thing that a check found. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** Where it stands in the image file, bytes. */
  readonly offset: number;
  /** The host cluster it is about, where there is one. */
  readonly cluster?: number;
  /** What the image has there; table entries in hexadecimal. */
  readonly found: string | number;
  /** What a sound image has there. */
  readonly expected: string | number;
  /** What a repair does about it. */
  readonly repair: string;
}

/** Findings that are kept when the caller does not say how many. */
export const FINDINGS_KEPT = 1000;

const hex = (n: number): string => n.toString(16).padStart(8, '0');

/** A table entry as text, from its two halves. */
export const entryText = (hi: number, lo: number): string => `0x${hex(hi)}${hex(lo)}`;

/** Collects findings: counts all of them, keeps the first ones. */
export class Findings {
  readonly kept: Finding[] = [];
  omitted = 0;
  corruptions = 0;
  leaks = 0;
  /** How often each code was found. */
  readonly byCode = new Map<FindingCode, number>();
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  /** How often any of these was found. */
  count(...codes: readonly FindingCode[]): number {
    return codes.reduce((sum, code) => sum + (this.byCode.get(code) ?? 0), 0);
  }

  /** Takes in a finding. `cluster`: -1 for none. */
  add(
    code: FindingCode,
    offset: number,
    found: string | number,
    expected: string | number,
    cluster = -1,
  ): void {
    if (!this.tally(code)) return;
    const [severity, repair] = FINDINGS[code];
    const finding = { code, severity, offset, found, expected, repair };
    this.kept.push(cluster < 0 ? finding : { ...finding, cluster });
  }

  /** Takes in a finding about a table entry. */
  entry(
    code: FindingCode,
    offset: number,
    hi: number,
    lo: number,
    expected: string | number,
    cluster = -1,
  ): void {
    if (this.kept.length < this.most) this.add(code, offset, entryText(hi, lo), expected, cluster);
    else this.tally(code);
  }

  /** Counts; whether there is room to keep it. */
  private tally(code: FindingCode): boolean {
    const [severity] = FINDINGS[code];
    if (severity === 'corruption') this.corruptions++;
    else if (severity === 'leak') this.leaks++;
    this.byCode.set(code, (this.byCode.get(code) ?? 0) + 1);
    if (this.kept.length < this.most) return true;
    this.omitted++;
    return false;
  }
}
