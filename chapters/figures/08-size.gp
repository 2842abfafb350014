# How many bytes a number takes, by its magnitude; 08-size.py counts them.
set xrange [0:65]
set yrange [0:22]
set xtics (1, 8, 16, 24, 32, 40, 48, 56, 64)
set ytics 4
set xlabel "bits of the number"
set ylabel "bytes" offset 1,0
unset key
DATA = "08-size.csv"

set label 1 "decimal digits and a blank" at 45,17.8 right
set label 2 "seven bits in each byte" at 62,5.0 right
set label 3 "64 bits" at 1.5,8.9 left
set label 4 "32 bits" at 24.5,3.0 left
set arrow 1 from 0,8 to 64,8 nohead lc rgb "green" lw 2
set arrow 2 from 0,4 to 32,4 nohead lc rgb "green" lw 2
plot DATA using 1:2 with lines lc rgb "blue" lw 2.5, \
     DATA using 1:3 with steps lc rgb "orange" lw 2
