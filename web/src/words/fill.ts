/** `{name}` takes a value; `{n|case|cases}` takes the first word where n is 1, else the second. */

export type Params = Readonly<Record<string, string | number>>;

export function fill(text: string, params: Params): string {
  return text.replace(
    /\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g,
    (whole, name: string, one?: string, many?: string) => {
      const value = params[name];
      if (value === undefined) return whole;
      if (one === undefined) return String(value);
      return String(value) === "1" ? one : (many ?? "");
    },
  );
}
