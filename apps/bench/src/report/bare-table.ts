import Table from 'cli-table3';

// The characters that cli-table3 draws lines with.
const NO_LINES = Object.fromEntries(
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid'
    .split(' ')
    .map((place) => [place, '']),
);

/** A table without lines: first column to the left, the others to the right. */
export function bareTable(head: string[]): InstanceType<typeof Table> {
  return new Table({
    head,
    chars: { ...NO_LINES, middle: '  ' },
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
}
