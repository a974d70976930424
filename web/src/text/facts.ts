/** A fact of the chain as one sentence; kinds this screen does not know show their own name. */

import type { FactSeen } from "../api/contract";
import { planName, signName, units, unitName } from "../state/city";
import { lang } from "../state/prefs";
import { coded, t, timeOf, valueOf, type Word } from "../words";
import { en } from "../words/en";
import { routeReason, unitWord } from "./reasons";

type Body = Record<string, unknown>;

const text = (body: Body, name: string): string => {
  const value = body[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
};

function variant(fact: FactSeen): string {
  const { kind, body } = fact;
  if (kind === "ResponseDecided") return body["approved"] ? "ResponseApproved" : "ResponseRefused";
  if (kind === "CaseVerified") return body["passed"] ? "CaseVerifiedPassed" : "CaseVerifiedFailed";
  if (kind === "ReportRated") return body["solved"] ? "ReportRatedSolved" : "ReportRatedUnsolved";
  if (kind === "ExtensionDecided") return body["granted"] ? "ExtensionDecidedYes" : "ExtensionDecidedNo";
  if (kind === "AppealDecided") return body["upheld"] ? "AppealDecidedYes" : "AppealDecidedNo";
  if (kind === "CalledBack" && body["reached"]) return "CalledBackReached";
  if (kind === "CaseFiled" && body["due_at"] == null) return "CaseFiledOpen";
  return kind;
}

function words(fact: FactSeen): Record<string, string> {
  const { body } = fact;
  const due = body["due_at"];
  const candidates = body["candidates"] as { unit: string }[] | undefined;
  const incidents = body["open_incidents"];
  const micro = body["value_micro"];
  const plain = Object.fromEntries(Object.keys(body).map((name) => [name, text(body, name)]));
  return {
    ...plain,
    n: typeof incidents === "number" ? String(incidents) : "0",
    level: text(body, "response_level") || (coded("warning.level", text(body, "level")) ?? ""),
    sign: signName(text(body, "sign")),
    unit:
      typeof micro === "number"
        ? unitWord(text(body, "unit"), lang.value)
        : (candidates ?? [{ unit: text(body, "unit") }])
            .slice(0, 3)
            .map((one) => unitName(one.unit))
            .join(lang.value === "zh" ? "、" : ", "),
    value: typeof micro === "number" ? valueOf(micro / 1e6) : "",
    state: coded("crew", text(body, "state")) ?? text(body, "state"),
    due: typeof due === "number" ? timeOf(due) : "",
    title: text(body, "title") || text(body, "text"),
    plan: planName(text(body, "plan")),
  };
}

export function sentence(fact: FactSeen): string {
  const word = `fact.${variant(fact)}`;
  if (!(word in en)) return fact.kind;
  return t(word as Word, words(fact)).replace(/[:：]\s*$/, "");
}

/** Why it was so, where the fact carries a code for it. */
export function because(fact: FactSeen): string {
  if (fact.kind !== "CaseDispatched" && fact.kind !== "RouteProposed") return "";
  const params = (fact.body["params"] ?? {}) as Record<string, string>;
  return routeReason(text(fact.body, "code"), params);
}

/** Units by their name; what is no unit (a feed, a timer, a person's role) by its code. */
export function actorName(actor: string): string {
  return units.value.has(actor) ? unitName(actor) : actor;
}
