-- CreateTable
CREATE TABLE "Report" (
    "id" SERIAL NOT NULL,
    "ward" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "madeAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Report_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Report_ward_madeAt_idx" ON "Report"("ward", "madeAt");
