"use strict";
const { methods, roles: columns, hidden } = JSON.parse(document.getElementById("data").textContent);
const roles = columns.map(({ name }) => name);
const about = new Map([...columns, ...hidden].map((role) => [role.name, role]));
const $ = (id) => document.getElementById(id);
const filters = $("filters").elements;
const who = $("who").elements;

/** An element with text; nothing from a schema is ever markup. */
function element(name, text, attributes = {}) {
  const node = document.createElement(name);
  if (text !== undefined) node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** Each name once, in an order for people: `v2` is before `v10`. */
const sorted = (names) => [...new Set(names)].sort((one, other) => one.localeCompare(other, "en", { numeric: true }));
const scopes = sorted(methods.flatMap(({ rule }) => rule.required_scopes ?? []));
const packages = sorted(methods.map((method) => method.package));
const shownRoles = roles.length <= 16 ? roles : []; // more columns than anybody reads; the filter has them all

function isPeer(name, peer) {
  if (!peer.endsWith("**")) return name === peer;
  const path = peer.slice(0, -2);
  return name.startsWith(path) && name.length > path.length;
}

/** Whether a rule refuses a token that this actor acts with; `""` is no actor. */
function refusesActor({ delegation }, actor) {
  if (!actor) return false;
  const actors = delegation?.actors ?? [];
  return !delegation || (actors.length > 0 && !actors.some((known) => isPeer(actor, known)));
}

/** The decision of the gate: `yes`, `no` with the first condition that fails, or `if` the request names its own. */
function decide(rule, caller) {
  const no = (why) => ({ verdict: "no", why });
  if (rule.denied) return no("nobody may call it");
  if (rule.ignore_credentials) return { verdict: "yes" };
  if (rule.public) return refusesActor(rule, caller.actor) ? no("a token without this actor is required") : { verdict: "yes" };
  const credentials = rule.required_credentials ?? [];
  if (!caller.authenticated) return no("a credential is required");
  if ((rule.peers || credentials.includes("MTLS")) && caller.peers.length === 0) return no("a certificate is required");
  const needsBound = credentials.includes("BOUND_JWT");
  if ((needsBound || credentials.includes("JWT")) && !caller.token) return no("a token is required");
  if (needsBound && !caller.bound) return no("a token that is bound to the certificate is required");
  if (rule.peers && !caller.peers.some((name) => rule.peers.some((peer) => isPeer(name, peer)))) return no("the certificate is of another peer");
  if (refusesActor(rule, caller.actor)) return no("a token without this actor is required");
  if (!(rule.required_scopes ?? []).every((scope) => caller.scopes.has(scope))) return no("a scope is missing");
  if (rule.required_roles && !rule.required_roles.some((role) => caller.roles.has(role))) return no("a role is missing");
  const conditions = [rule.tenant, rule.owner].filter((it) => it && !(it.exempt_roles ?? []).some((role) => caller.roles.has(role)));
  if (conditions.length === 0) return { verdict: "yes" };
  return { verdict: "if", why: `if ${conditions.map((it) => `${it.field} names its own`).join(" and ")}` };
}

function access({ rule, exposure }) {
  return exposure === "roles" ? rule.required_roles.join(", ") : exposure;
}

function cell({ rule, narrowed }, role) {
  if (rule.denied || (rule.required_roles && !rule.required_roles.includes(role))) return "no";
  return narrowed ? "if" : "yes";
}

const MARKS = { yes: "●", if: "◐", no: "·" };
const WORDS = { yes: "may call", if: "may call under conditions", no: "may not call" };

function details(method) {
  const list = element("dl");
  const add = (term, text) => {
    list.append(element("dt", term));
    const description = element("dd");
    description.append(element("code", text));
    list.append(description);
  };
  if (method.description) add("what for", method.description);
  add("who", access(method));
  if (method.public_reason) add("public because", method.public_reason);
  for (const role of method.rule.required_roles ?? []) {
    const { sensitive, description } = about.get(role);
    if (sensitive || description) add(sensitive ? "sensitive role" : "role", description ? `${role}: ${description}` : role);
  }
  for (const condition of method.conditions) add("condition", condition);
  if (method.kind) add("kind", method.kind.replaceAll("_", " "));
  add(method.source === "service_default" ? "default of the service" : "rule", method.declared_at);
  return list;
}

const width = 3 + shownRoles.length;
const entries = methods.map((method) => {
  const row = element("tr", undefined, { class: "row" });
  const name = element("td");
  const button = element("button", undefined, { type: "button", "aria-expanded": "false" });
  button.append(element("span", `${method.service}/`, { class: "service" }), element("span", method.method));
  name.append(button);
  const level = element("td");
  level.append(element("span", method.exposure, { class: "access", "data-access": method.exposure }));
  const who = element("td", undefined, { class: "who" });
  const isForRoles = method.exposure === "roles";
  who.append(element("div", isForRoles ? access(method) : "", { class: "names" }), element("div", method.conditions.join("; ")));
  if (method.exposure === "public") who.append(element("div", method.public_reason ?? "no reason is given", { class: "reason" }));
  who.append(element("div", "", { class: "verdict" }));
  row.append(name, level);
  for (const role of shownRoles) {
    const value = cell(method, role);
    row.append(element("td", MARKS[value], { class: "role", "data-cell": value, title: `${role} ${WORDS[value]}`, "aria-label": WORDS[value] }));
  }
  row.append(who);
  button.addEventListener("click", () => toggle(entry, button));
  const text = `${method.service}/${method.method} ${access(method)} ${method.conditions.join(" ")} ${method.declared_at} ${method.description ?? ""} ${method.public_reason ?? ""}`.toLowerCase();
  const entry = { method, row, text, verdict: who.lastChild, more: null };
  return entry;
});

function toggle(entry, button) {
  const isOpen = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!isOpen));
  if (isOpen) {
    entry.more.remove();
    entry.more = null;
    return;
  }
  entry.more = element("tr", undefined, { class: "more" });
  const content = element("td", undefined, { colspan: String(width) });
  content.append(details(entry.method));
  entry.more.append(content);
  entry.row.after(entry.more);
}

/** A role as a reader should see it. */
function title(role) {
  return about.get(role).sensitive ? `${role} (sensitive)` : role;
}

function checked(fieldset) {
  return new Set([...fieldset.querySelectorAll("input:checked")].map((input) => input.value));
}

function caller() {
  const names = who.peer.value.split(/[\s,]+/).filter(Boolean);
  const peers = who.certificate.checked ? (names.length > 0 ? names : ["an unknown peer"]) : [];
  const token = who.token.checked;
  return { authenticated: token || peers.length > 0, token, bound: token && who.bound.checked, actor: token ? who.actor.value.trim() : "", peers, roles: checked($("roles")), scopes: checked($("scopes")) };
}

function fits({ method, text }) {
  const words = filters.text.value.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => text.includes(word))
    && (!filters.package.value || method.package === filters.package.value)
    && (!filters.access.value || method.exposure === filters.access.value)
    && (!filters.role.value || cell(method, filters.role.value) !== "no");
}

function update() {
  const asks = $("caller").open;
  const someone = caller();
  let shown = 0;
  let callable = 0;
  for (const entry of entries) {
    const decision = asks ? decide(entry.method.rule, someone) : null;
    const may = decision && decision.verdict !== "no";
    if (may) callable += 1;
    entry.verdict.textContent = decision ? { yes: "may call", if: `may call ${decision.why}`, no: `refused: ${decision.why}` }[decision.verdict] : "";
    entry.verdict.dataset.verdict = decision ? decision.verdict : "";
    const visible = fits(entry) && !(asks && who.only.checked && !may);
    entry.row.hidden = !visible;
    if (entry.more) entry.more.hidden = !visible;
    if (visible) shown += 1;
  }
  const may = asks ? `; this caller may call ${callable} of ${entries.length}` : "";
  $("count").textContent = `${shown} of ${entries.length} methods${may}`;
}

function start() {
  const counts = ["public", "authenticated", "roles", "denied"].map((name) => [methods.filter(({ exposure }) => exposure === name).length, name]);
  $("summary").textContent = counts.filter(([count]) => count > 0).map(([count, name]) => `${count} ${name === "roles" ? "for roles" : name}`).join(" · ");
  for (const name of packages) filters.package.append(element("option", name || "(no package)", { value: name }));
  for (const role of roles) filters.role.append(element("option", role));
  for (const [fieldset, names] of [["roles", sorted([...about.keys()])], ["scopes", scopes]]) {
    $(fieldset).hidden = names.length === 0;
    for (const name of names) {
      const label = element("label");
      label.append(element("input", undefined, { type: "checkbox", value: name }), fieldset === "roles" ? title(name) : name);
      $(fieldset).append(label);
    }
  }
  const head = [["Method", ""], ["Access", ""], ...shownRoles.map((role) => [title(role), "role"]), ["Conditions", ""]];
  for (const [name, kind] of head) {
    const cell = element("th", undefined, { scope: "col", class: kind });
    cell.append(element("span", name));
    $("head").append(cell);
  }
  document.querySelector("table").classList.toggle("columns", shownRoles.length > 0);
  $("legend").textContent = shownRoles.length > 0 ? Object.keys(MARKS).map((value) => `${MARKS[value]} ${WORDS[value]}`).join("\u2003") : "";
  $("rows").append(...entries.map(({ row }) => row));
  for (const form of ["filters", "who"]) {
    $(form).addEventListener("input", update);
    $(form).addEventListener("submit", (event) => event.preventDefault());
  }
  $("caller").addEventListener("toggle", update);
  update();
}

start();
