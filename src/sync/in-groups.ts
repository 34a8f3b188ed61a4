/** Runs one task per item, at most `size` side by side, and answers in the order of the items. */
export async function inGroups<Item, Output>(
  items: readonly Item[],
  size: number,
  task: (item: Item) => Promise<Output>,
): Promise<Output[]> {
  const outputs: Output[] = [];
  for (let start = 0; start < items.length; start += size) {
    outputs.push(...(await Promise.all(items.slice(start, start + size).map(task))));
  }
  return outputs;
}
