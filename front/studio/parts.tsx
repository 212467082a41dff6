// Parts of answers, as the report and the terminal show them too: lines, sentences, tables.

import type { Part } from "./api";

export function Parts({ parts }: { parts: Part[] }) {
  return <>{parts.map((part) => <One part={part} />)}</>;
}

function One({ part }: { part: Part }) {
  if (part.kind === "Line") return <p class={part.tone === "plain" ? "" : part.tone}>{part.text}</p>;
  if (part.kind === "Heading") return <h4>{part.text}</h4>;
  if (part.kind === "Points") return <ul>{part.items.map((item) => <li>{item}</li>)}</ul>;
  if (part.kind !== "Table") return null;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={part.title || "Table"}>
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
