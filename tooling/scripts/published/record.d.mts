/** A package installed alone: the names of what comes along, and the compressed bytes of each entry point with what it pulls in. */
export interface PackageSizes {
  readonly brings: readonly string[];
  readonly gzip: Readonly<Record<string, number>>;
}

/** How a package differs from its record in a way that must not pass unseen, one sentence each; none when it does not. */
export function differences(
  name: string,
  found: PackageSizes,
  recorded: PackageSizes | undefined,
): string[];
