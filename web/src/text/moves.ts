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

/** What is done most often stands first: the first move is the one that takes the case on. */
const ORDER = [
  "dispatch", "accept", "contact", "report_back", "pass", "fail", "finish_part", "answer_supervision",
  "decide_extension", "decide_deferral", "decide_appeal", "take_up", "resume", "return", "return_part", "give_part",
  "extend", "join", "defer", "ledger", "supervise", "reclassify", "appeal", "reopen",
];
const place = (one: Move): number => {
  const found = ORDER.indexOf(one.move);
  return found < 0 ? ORDER.length : found;
};
export const inOrder = (moves: readonly Move[]): Move[] => [...moves].sort((a, b) => place(a) - place(b));

/** Reasons that the platform could do without, and the record cannot. */
const NEEDS_NO_REASON = new Set(["dispatch", "pass", "resume"]);
export const isNeeded = (move: Move, name: string): boolean =>
  move.required.includes(name) || (name === "reason" && !NEEDS_NO_REASON.has(move.move));

/** The fields of a move that its form asks for, what is needed first. */
export function asked(move: Move): [string, FieldSchema][] {
  return Object.entries(move.fields)
    .filter(([name]) => !NOT_ASKED.has(name) && !move.given[name])
    .sort(([a], [b]) => Number(isNeeded(move, b)) - Number(isNeeded(move, a)));
}
