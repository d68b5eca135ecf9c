/*
 * The language of --where a second time: expressions as trees, and their value by the tables of three-valued logic, read from the docs.
 * It is slow, and shares no line with the program.
 */

export type Value = number | string | boolean | null;
export type Row = Readonly<Record<string, Value>>;

export type Tree =
  | readonly ['number', number]
  | readonly ['text', string]
  | readonly ['column', string]
  | readonly ['negative', Tree]
  | readonly ['call', 'abs' | 'min' | 'max' | 'round', ...Tree[]]
  | readonly ['+' | '-' | '*' | '/' | '%', Tree, Tree]
  | readonly ['==' | '!=' | '<' | '<=' | '>' | '>=', Tree, Tree]
  | readonly ['in' | 'not in', Tree, ...Tree[]]
  | readonly ['and' | 'or', Tree, Tree]
  | readonly ['not', Tree];

/** The value of a tree; null is unknown. */
export function evaluate(tree: Tree, row: Row): Value {
  switch (tree[0]) {
    case 'number':
    case 'text':
      return tree[1];
    case 'column':
      return columnValue(tree[1], row);
    case 'negative':
      return compute([tree[1]], row, (value) => 0 - value);
    case 'call':
      return callFunction(tree, row);
    case '+':
      return compute([tree[1], tree[2]], row, (a, b) => a + b);
    case '-':
      return compute([tree[1], tree[2]], row, (a, b) => a - b);
    case '*':
      return compute([tree[1], tree[2]], row, (a, b) => a * b);
    case '/':
      return compute([tree[1], tree[2]], row, (a, b) => (b === 0 ? null : a / b));
    case '%':
      return compute([tree[1], tree[2]], row, (a, b) => (b === 0 ? null : a % b));
    case 'and':
      return and(truth(tree[1], row), truth(tree[2], row));
    case 'or':
      return not(and(not(truth(tree[1], row)), not(truth(tree[2], row))));
    case 'not':
      return not(truth(tree[1], row));
    case 'in':
    case 'not in': {
      const [operator, value, ...list] = tree;
      const found = list.reduce<boolean | null>(
        (any, one) => not(and(not(any), not(compare('==', evaluate(value, row), evaluate(one, row))))),
        false,
      );
      return operator === 'in' ? found : not(found);
    }
    default:
      return compare(tree[0], evaluate(tree[1], row), evaluate(tree[2], row));
  }
}

function callFunction([, name, ...operands]: Extract<Tree, readonly ['call', ...unknown[]]>, row: Row): Value {
  return compute(operands, row, (...values) => {
    const sorted = values.toSorted((first, second) => first - second);
    if (name === 'min') return sorted[0] ?? 0;
    if (name === 'max') return sorted.at(-1) ?? 0;
    const [value = 0] = values;
    const magnitude = value < 0 ? 0 - value : value;
    if (name === 'abs') return magnitude;
    const whole = Math.floor(magnitude);
    const rounded = magnitude - whole >= 0.5 ? whole + 1 : whole;
    return value < 0 ? 0 - rounded : rounded;
  });
}

function compute(operands: readonly Tree[], row: Row, work: (...values: number[]) => number | null): number | null {
  const values = operands.map((operand) => evaluate(operand, row));
  return values.includes(null) ? null : work(...(values as number[]));
}

function truth(tree: Tree, row: Row): boolean | null {
  return evaluate(tree, row) as boolean | null;
}

function and(a: boolean | null, b: boolean | null): boolean | null {
  if (a === false || b === false) return false;
  return a === null || b === null ? null : true;
}

function not(value: boolean | null): boolean | null {
  return value === null ? null : !value;
}

function compare(operator: string, a: Value, b: Value): boolean | null {
  if (a === null || b === null) return null;
  const order = a < b ? -1 : a > b ? 1 : 0;
  return {
    '==': order === 0,
    '!=': order !== 0,
    '<': order < 0,
    '<=': order <= 0,
    '>': order > 0,
    '>=': order >= 0,
  }[operator] as boolean;
}

function columnValue(name: string, row: Row): Value {
  const [bid, ask, bidSize, askSize] = ['bid', 'ask', 'bid_size', 'ask_size'].map((one) => row[one] as number | null);
  const hasBoth = Boolean(bid && ask && bidSize && askSize);
  const mid = hasBoth ? ((bid as number) + (ask as number)) / 2 : null;
  if (name === 'mid') return mid;
  if (name === 'spread_bps') {
    return mid === null || mid === 0 ? null : (((ask as number) - (bid as number)) / (mid < 0 ? -mid : mid)) * 10_000;
  }
  if (name !== 'day_position') return row[name] ?? null;
  const { ltp = null, low = null, high = null } = row as Record<string, number | null>;
  if (ltp === null || low === null || high === null || high <= low) return null;
  return (ltp - low) / (high - low);
}

const STRENGTH: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  not: 3,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
  negative: 7,
};

function strengthOf(tree: Tree): number {
  if (tree[0] === 'number' || tree[0] === 'text' || tree[0] === 'column' || tree[0] === 'call') return 8;
  // The others compare.
  return STRENGTH[tree[0]] ?? 4;
}

/** A tree as text, with no more parentheses than it needs, and perhaps some more. */
export function write(tree: Tree, hasSpare: () => boolean): string {
  const text = writeBare(tree, hasSpare);
  return hasSpare() ? `( ${text})` : text;
}

function writeBare(tree: Tree, hasSpare: () => boolean): string {
  const inner = (one: Tree, least: number): string =>
    strengthOf(one) >= least ? write(one, hasSpare) : `(${writeBare(one, hasSpare)})`;
  switch (tree[0]) {
    case 'number':
    case 'column':
      return String(tree[1]);
    case 'text':
      return `"${tree[1].replace(/["\\]/g, '\\$&')}"`;
    case 'negative':
      return `-${inner(tree[1], 7)}`;
    case 'not':
      return `not ${inner(tree[1], 3)}`;
    case 'call': {
      const [, name, ...operands] = tree;
      return `${name}(${operands.map((one) => inner(one, 5)).join(', ')})`;
    }
    case 'in':
    case 'not in': {
      const [operator, value, ...list] = tree;
      return `${inner(value, 5)} ${operator} (${list.map((one) => inner(one, 5)).join(',')})`;
    }
    default: {
      const strength = strengthOf(tree);
      // Comparisons stand between sums; of the others the right operand binds more strongly.
      const left = strength === 4 ? 5 : strength;
      return `${inner(tree[1], left)} ${tree[0]} ${inner(tree[2], strength + 1)}`;
    }
  }
}
