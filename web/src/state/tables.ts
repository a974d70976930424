/** The rows the screen knows, by table and key: a snapshot, then the change of each commit. */

import { shallowReactive } from "vue";

import type { Change, Key, Rows, Snapshot, TableName } from "../api/contract";

export const KEYS: { readonly [T in TableName]: readonly (keyof Rows[T] & string)[] } = {
  warnings: ["warning"],
  responses: ["proposal"],
  cases: ["case"],
  desks: ["case"],
  vitals: ["sign", "type", "area"],
  signs: ["sign"],
  feeds: ["feed"],
  crews: ["unit"],
  areas: ["area"],
};

export const TABLES = Object.keys(KEYS) as TableName[];

const SEPARATOR = "\u0000";

export function keyOf<T extends TableName>(table: T, row: Rows[T]): string {
  return KEYS[table].map((name) => String(row[name])).join(SEPARATOR);
}

export function joined(key: Key): string {
  return Array.isArray(key) ? key.join(SEPARATOR) : key;
}

/** All tables; a count a table tells Vue when to look again, so rows themselves stay plain. */
export class Tables {
  private readonly rows = Object.fromEntries(TABLES.map((name) => [name, new Map()])) as {
    [T in TableName]: Map<string, Rows[T]>;
  };
  private readonly versions = shallowReactive(
    Object.fromEntries(TABLES.map((name) => [name, 0])) as Record<TableName, number>,
  );

  /** Forget everything and take a snapshot. */
  reset(snapshot: Pick<Snapshot, "rows">): void {
    for (const table of TABLES) {
      this.rows[table].clear();
      this.putAll(table, snapshot.rows[table] ?? []);
      this.versions[table] += 1;
    }
  }

  /** Take a commit; tables this screen does not know are left alone. Applying twice is harmless. */
  apply(change: Pick<Change, "put" | "drop">): void {
    for (const table of TABLES) {
      const put = change.put?.[table] ?? [];
      const drop = change.drop?.[table] ?? [];
      if (put.length + drop.length === 0) continue;
      for (const key of drop) this.rows[table].delete(joined(key));
      this.putAll(table, put);
      this.versions[table] += 1;
    }
  }

  /** All rows of a table; a computed value that calls this is computed again when it changes. */
  all<T extends TableName>(table: T): Rows[T][] {
    void this.versions[table];
    return [...this.rows[table].values()];
  }

  get<T extends TableName>(table: T, ...key: string[]): Rows[T] | undefined {
    void this.versions[table];
    return this.rows[table].get(joined(key));
  }

  private putAll<T extends TableName>(table: T, rows: readonly Rows[T][]): void {
    const into = this.rows[table] as Map<string, Rows[T]>;
    for (const row of rows) into.set(keyOf(table, row), row);
  }
}
