/** Every violation of the dependency rule below a repository's root, one sentence each; none when it holds. */
export function floorProblems(root: string): string[];
