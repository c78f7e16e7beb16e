import { expect } from 'vitest';
import type { RedBlackTree } from '../../src/index.ts';

/** Checks every invariant of the tree, and that it holds exactly the keys of `expected` (by slot). */
export function checkTree(tree: RedBlackTree, expected: ReadonlyMap<number, number>): void {
  const { children, keys, nil, parents, reds } = tree;
  const found: number[] = [];
  const blackHeight = (node: number, parent: number): number => {
    if (node === nil) return 1;
    expect(parents[node]).toBe(parent);
    const left = children[2 * node]!;
    const right = children[2 * node + 1]!;
    if (reds[node] === 1) expect([reds[left], reds[right]]).toEqual([0, 0]);
    const leftHeight = blackHeight(left, node);
    expect(keys[node]).toBe(expected.get(node));
    found.push(keys[node]!);
    const rightHeight = blackHeight(right, node);
    expect(rightHeight).toBe(leftHeight);
    return leftHeight + (reds[node] === 1 ? 0 : 1);
  };
  blackHeight(tree.root, nil);
  expect(reds[tree.root]).toBe(0);
  expect(reds[nil]).toBe(0);
  expect(found).toEqual([...expected.values()].toSorted((a, b) => a - b));
}
