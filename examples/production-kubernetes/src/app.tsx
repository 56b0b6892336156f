import { useEffect, useState } from "react";
import { type Course, fetchCourses } from "./courses";

export function App() {
  const [courses, setCourses] = useState<readonly Course[]>([]);
  const [problem, setProblem] = useState("");

  useEffect(() => {
    fetchCourses().then(setCourses, (failure: unknown) => setProblem(String(failure)));
  }, []);

  return (
    <main>
      <h1>ScrollUniversity</h1>
      {problem !== "" && <p role="alert">{problem}</p>}
      <ul>
        {courses.map(({ id, title }) => (
          <li key={id}>{title}</li>
        ))}
      </ul>
    </main>
  );
}
