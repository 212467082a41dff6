// Parts of answers, as the report and the terminal show them too: lines, sentences, tables, figures.

import type { Part } from "./api";
import { Figure } from "./figure";

// `under`: the level of the heading that they stand under.
export function Parts({ parts, under = 3 }: { parts: Part[]; under?: 2 | 3 }) {
  let below = ""; // the heading that a part stands below: several may have a table of the same title
  return <>{parts.map((part) => {
    if (part.kind === "Heading") below = `${part.text}: `;
    return <One part={part} under={under} below={below} />;
  })}</>;
}

function One({ part, under, below }: { part: Part; under: 2 | 3; below: string }) {
  if (part.kind === "Figure") return <Figure part={part} />;
  if (part.kind === "Line") return <p class={part.tone === "plain" ? "" : part.tone}>{part.text}</p>;
  if (part.kind === "Heading") return under === 2 ? <h3>{part.text}</h3> : <h4>{part.text}</h4>;
  if (part.kind === "Points") return <ul>{part.items.map((item) => <li>{item}</li>)}</ul>;
  if (part.kind !== "Table") return null;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={below + (part.title || "Table")}>
      <table>
        {part.title && <caption>{part.title}</caption>}
        <thead><tr>{part.headings.map((heading, n) => <th scope="col" class={part.numbers[n] ? "n" : ""}>{heading}</th>)}</tr></thead>
        <tbody>{part.rows.map((row, r) => (
          <tr class={part.total && r === part.rows.length - 1 ? "total" : ""}>
            {row.map((cell, n) => <td class={`${part.numbers[n] ? "n" : ""}${cell.best ? " best" : ""}`}>{cell.page || cell.text}{cell.small && <div class="small">{cell.small}</div>}</td>)}
          </tr>
        ))}</tbody>
      </table>
    </div>
  );
}
