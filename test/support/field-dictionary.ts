/** The JSON dictionary of an auth response, with the given wire orders in place of the default ones. */
export function buildFieldDictionary(
  orders: {
    readonly scrip?: readonly string[];
    readonly index?: readonly string[];
    readonly depth?: readonly string[];
  } = {},
): string {
  return JSON.stringify({
    version: '1.0.0',
    scrip: orders.scrip ?? ['s105'],
    index: orders.index ?? ['i102'],
    depth: orders.depth ?? ['d102'],
    scrip_lite: { hfid: 1 },
    index_lite: { hfid: 1 },
  });
}
