/** Moves of a case in words, and which of their fields a form asks for. */

import type { FieldSchema, Move } from "../api/contract";
import { coded } from "../words";

export const moveName = (move: string): string => coded("move", move) ?? move.replaceAll("_", " ");
export const fieldLabel = (name: string): string => coded("field", name) ?? name.replaceAll("_", " ");

export type FieldKind = "yes_no" | "choice" | "unit" | "limit" | "moment" | "type" | "shares" | "outcome" | "text";

/** Said by the platform itself, or asked for in another way. */
const NOT_ASKED = new Set(["report", "at", "form", "duplicate_of", "about", "part"]);
const BY_NAME: Readonly<Record<string, FieldKind>> = {
  unit: "unit", by_unit: "unit", lead: "unit",
  limit: "limit",
  until: "moment", review: "moment", answer_by: "moment",
  type: "type",
  shares: "shares",
  outcome: "outcome",
};

export function kindOf(name: string, schema: FieldSchema): FieldKind {
  if (schema.type === "boolean") return "yes_no";
  if (schema.enum) return "choice";
  return BY_NAME[name] ?? "text";
}

/** The fields of a move that its form asks for, what is needed first. */
export function asked(move: Move): [string, FieldSchema][] {
  const needed = new Set(move.required);
  return Object.entries(move.fields)
    .filter(([name]) => !NOT_ASKED.has(name) && !move.given[name])
    .sort(([a], [b]) => Number(needed.has(b)) - Number(needed.has(a)));
}
