// How a check over many packages goes on after a failure, and does several at once.

/** `step` does something for a package; a failure is printed and counted in `failures()`, and the others go on. */
export function steps(check) {
  let failures = 0;
  return {
    failures: () => failures,
    step: async (name, what, action) => {
      try {
        return await action();
      } catch (error) {
        failures++;
        const message = String(error.message).replace(/^/gm, '    ');
        console.error(`${check}: ${name}: ${what}\n${message}`);
        return undefined;
      }
    },
  };
}

/** Maps with at most `width` under way. */
export async function inTurns(items, width, action) {
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const i = next++;
      results[i] = await action(items[i]);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
